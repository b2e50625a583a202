import type { RuneBenchmark, RuneSuite } from '../../crds/types.ts';
import { sha256 } from './content.ts';

type Question = RuneSuite['spec']['questions'][number];

/** What the operator's cache keeps of a benchmark: of its questions ids, tags, and, in place of the prompt, a hash of all. */
export function projectBenchmark(benchmark: RuneBenchmark): RuneBenchmark {
  const { managedFields: _managedFields, ...metadata } = benchmark.metadata;
  const { questions, ...spec } = benchmark.spec;
  const kept = questions?.map((question) => withoutContent(question, sha256(question)));
  return { ...benchmark, metadata, spec: { ...spec, ...(kept && { questions: kept }) } };
}

/** The same for a suite, without the hash. */
export function projectSuite(suite: RuneSuite): RuneSuite {
  const { managedFields: _managedFields, ...metadata } = suite.metadata;
  const questions = suite.spec.questions.map((question) => withoutContent(question, ''));
  return { ...suite, metadata, spec: { ...suite.spec, questions } };
}

function withoutContent({ id, tags, critical }: Question, prompt: string): Question {
  return { id, prompt, critical, passMarkPermille: 1000, ...(tags === undefined ? {} : { tags }) };
}
