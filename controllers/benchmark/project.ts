import type { RuneBenchmark, RuneSuite } from '../../crds/types.ts';

type Question = RuneSuite['spec']['questions'][number];

/** What the operator's cache keeps of a benchmark: of its questions no more than their ids and tags. */
export function projectBenchmark(benchmark: RuneBenchmark): RuneBenchmark {
  const { managedFields: _managedFields, ...metadata } = benchmark.metadata;
  const { questions, ...spec } = benchmark.spec;
  return { ...benchmark, metadata, spec: { ...spec, ...(questions && { questions: questions.map(nameOnly) }) } };
}

/** The same for a suite. */
export function projectSuite(suite: RuneSuite): RuneSuite {
  const { managedFields: _managedFields, ...metadata } = suite.metadata;
  return { ...suite, metadata, spec: { ...suite.spec, questions: suite.spec.questions.map(nameOnly) } };
}

function nameOnly({ id, tags, critical }: Question): Question {
  return { id, prompt: '', critical, passMarkPermille: 1000, ...(tags === undefined ? {} : { tags }) };
}
