import { findCondition, isTrue } from '../../crds/conditions.ts';
import { CONDITION } from '../../crds/names.ts';
import type { RuneRun } from '../../crds/types.ts';
import { isSuccess } from './end.ts';

/** A line for `kubectl describe`. */
export type Story = { type: 'Normal' | 'Warning'; reason: string; message: string };

type RunStatus = NonNullable<RuneRun['status']>;

/** What happened between two statuses of a run, in the order in which it happened. Pure. */
export function stories({ status: before }: RuneRun, after: RunStatus): Story[] {
  return [...start(before, after), ...end(before, after)];
}

function start(before: RuneRun['status'], after: RunStatus): Story[] {
  const was = findCondition(before?.conditions, CONDITION.started);
  const is = findCondition(after.conditions, CONDITION.started);
  if (is === undefined || is.reason === was?.reason || after.completionTime !== undefined) return [];
  if (is.status === 'True') return [{ type: 'Normal', reason: 'Started', message: is.message }];
  return [{ type: is.reason === 'Suspended' ? 'Normal' : 'Warning', reason: is.reason, message: is.message }];
}

function end(before: RuneRun['status'], after: RunStatus): Story[] {
  const was = before?.conditions;
  const finished = findCondition(after.conditions, CONDITION.finished);
  if (finished?.status !== 'True' || isTrue(was, CONDITION.finished)) return [];
  const isGood = isSuccess(finished.reason as Parameters<typeof isSuccess>[0]);
  const ended: Story = { type: isGood ? 'Normal' : 'Warning', reason: finished.reason, message: finished.message };
  return [ended, ...worse(after)];
}

/** The end of the run says it already. */
const SAID: ReadonlySet<string> = new Set(['NotStarted', 'RunFailed']);

function worse({ conditions }: RunStatus): Story[] {
  const regressed = findCondition(conditions, CONDITION.regressed);
  const criteria = findCondition(conditions, CONDITION.criteriaMet);
  return [
    ...(regressed?.status === 'True'
      ? [{ type: 'Warning' as const, reason: 'Regressed', message: regressed.message }]
      : []),
    ...(criteria?.status === 'False' && !SAID.has(criteria.reason)
      ? [{ type: 'Warning' as const, reason: 'CriteriaNotMet', message: criteria.message }]
      : []),
  ];
}
