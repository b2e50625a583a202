import { CASE, CASE_DELETED, CASE_NOT_MADE, caseAt, jobName } from '../../crds/cases.ts';
import type { RunArchive, RunArchiveFile } from '../../crds/run-archive.ts';
import { array, integer, object, ShapeError, string } from '../shape.ts';

const FIELDS = ['v', 'namespace', 'run', 'uid', 'trials', 'questions', 'status'];
const OUTCOMES = new Map<string, string>([
  ...Object.entries(CASE).map(([outcome, character]) => [character, outcome] as const),
  [CASE_DELETED, 'Deleted'],
  [CASE_NOT_MADE, 'NotMade'],
]);

/** Reads what the Pod is told. Throws a {@link ShapeError}. */
export function readRunArchive(text: string): RunArchive {
  const file = object(JSON.parse(text), 'run', FIELDS);
  if (file['v'] !== 1)
    throw new ShapeError("run.v must be 1: the operator and the runner's image must be of one version");
  const namespace = string(file['namespace'], 'run.namespace');
  const run = string(file['run'], 'run.run');
  const uid = string(file['uid'], 'run.uid');
  const trials = integer(file['trials'], 'run.trials', 1);
  const questions = array(file['questions'], 'run.questions', string);
  const status = file['status'] as RunArchiveFile['status'];
  const shape = { cells: status.cells?.length ?? 0, questions: questions.length, trials };
  const cases = (status.cells ?? []).flatMap(({ agent, model, cases: characters }, cell) =>
    [...characters].map((character, place) => {
      const index = cell * questions.length * trials + place;
      const at = caseAt(index, shape);
      const outcome = OUTCOMES.get(character) ?? 'Unknown';
      return {
        job: jobName(run, index),
        agent,
        model,
        question: questions[at.question] ?? '',
        trial: at.trial,
        outcome,
      };
    }),
  );
  return { namespace, run, uid, status, cases };
}
