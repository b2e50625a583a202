import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { type NewCondition, removeCondition, setCondition } from '../../crds/conditions.ts';
import { CONDITION } from '../../crds/names.ts';
import { wrongPath } from '../../crds/question-paths.ts';
import type { RuneSuite } from '../../crds/types.ts';

type SuiteStatus = NonNullable<RuneSuite['status']>;

/** The schema's bound of `status.tags`. */
const MOST_CHARACTERS = 1024;

/** What a suite says of itself. Pure. @param suite whole, with its questions @param now RFC 3339 */
export function suiteStatus(suite: RuneSuite, now: string): SuiteStatus {
  const { questions } = suite.spec;
  const observedGeneration = suite.metadata.generation ?? 0;
  const before = removeCondition(suite.status?.conditions ?? [], CONDITION.stalled);
  const tags = tagCounts(questions);
  return {
    observedGeneration,
    questions: questions.length,
    ...(tags === '' ? {} : { tags }),
    sha256: contentSHA256(questions),
    conditions: readiness(questions).reduce(
      (all, condition) => setCondition(all, { ...condition, observedGeneration }, now),
      before,
    ),
  };
}

function readiness(questions: RuneSuite['spec']['questions']): Omit<NewCondition, 'observedGeneration'>[] {
  const wrong = wrongPath(questions);
  if (wrong === undefined) {
    const many = `${questions.length} question${questions.length === 1 ? '' : 's'}`;
    const message = `The suite has ${many}; a run freezes them when it starts.`;
    return [{ type: CONDITION.ready, status: 'True', reason: 'Accepted', message }];
  }
  const message = `Question "${wrong.id}": ${wrong.problem}. Correct it; no run that asks the question can start before.`;
  const why = { reason: 'InvalidPath', message };
  // Only an edit helps, and then there is another generation.
  return [
    { type: CONDITION.ready, status: 'False', ...why },
    { type: CONDITION.stalled, status: 'True', ...why },
  ];
}

/** How many questions have each tag, such as `network=4,storage=2`; tags that do not fit are left out. */
function tagCounts(questions: RuneSuite['spec']['questions']): string {
  const counts = new Map<string, number>();
  for (const tag of questions.flatMap(({ tags = [] }) => tags)) counts.set(tag, (counts.get(tag) ?? 0) + 1);
  const texts = [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([tag, count]) => `${tag}=${count}`);
  const room = texts.findIndex((_, index) => texts.slice(0, index + 1).join(',').length > MOST_CHARACTERS);
  return (room < 0 ? texts : texts.slice(0, room)).join(',');
}

/** The same whatever the order in which the questions are written. */
function contentSHA256(questions: RuneSuite['spec']['questions']): string {
  const sorted = questions.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return createHash('sha256')
    .update(canonicalize(sorted) ?? '')
    .digest('hex');
}
