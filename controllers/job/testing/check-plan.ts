import { expect } from 'vitest';
import { findCondition } from '../../../crds/conditions.ts';
import { LABEL } from '../../../crds/names.ts';
import type { Pod } from '../../../crds/raw.ts';
// biome-ignore lint/style/noRestrictedImports: this is for tests only, too
import { statusViolations } from '../../testing/status-schema.ts';
import type { Status } from '../attempts.ts';
import { type Observed, type Plan, plan } from '../plan.ts';
import { observed } from './observed.ts';
import { START } from './sample.ts';

export type Situation = Partial<Observed>;

/** That a situation, so many seconds after the start, leads to these steps, and that every rule for a plan holds. */
export function check(situation: Situation, seconds: number, steps: string): void {
  const before = observed(situation);
  const now = START + seconds * 1000;
  const decided = plan(before, now);
  expect(told(before, decided, seconds)).toBe(steps);
  expect(statusViolations('RuneJob', decided.status)).toEqual([]);
  expect(plan(before, now)).toEqual(decided);
  for (const { message } of decided.status.conditions ?? []) expect(message).toMatch(/^$|^\S.*[.…]$/);
  for (const { message } of decided.stories) expect(message).toMatch(/^[A-Za-z].*[.…]$/);
  expectKstatus(decided.status);
}

/** A plan in one line, in the order in which it is carried out. Times are seconds after the start. */
function told({ job }: Observed, decided: Plan, seconds: number): string {
  const { status, createPod, requeueAfterMilliseconds: after } = decided;
  const started = findCondition(status.conditions, 'Started');
  const suspended = findCondition(status.conditions, 'Suspended');
  const isNew = (status.attempt ?? 0) > (job.status?.attempt ?? 0);
  const closed = job.status?.attempts?.at(-1)?.outcome === undefined ? status.attempts?.at(-1) : undefined;
  const hasGoneOn = closed?.outcome !== undefined && status.outcome === undefined;
  const deletions = decided.deletePods.map(
    ({ pod, gracePeriodSeconds: grace }) => `${graceWord(grace)} ${number(pod)}`,
  );
  const steps = [
    started && `${started.status} ${started.reason}`,
    suspended && status.outcome === undefined && `suspended ${suspended.status}`,
    status.outcome && `end ${status.outcome}`,
    hasGoneOn && ((status.retries ?? 0) > (job.status?.retries ?? 0) ? 'retry' : 'again'),
    createPod && `${isNew ? 'begin' : 'create'} ${createPod.number}`,
    ...decided.releasePods.map((pod) => `release ${number(pod)}`),
    ...deletions,
    decided.deleteJob && 'delete job',
    after !== undefined && `wake ${seconds + after / 1000}`,
  ];
  return steps.filter(Boolean).join(' | ') || 'nothing';
}

/** `Reconciling` and `Stalled` stand in a status only when they are true: kstatus reads their presence. */
function expectKstatus({ conditions = [], outcome }: Status): void {
  const abnormal = conditions.filter(({ type }) => type === 'Reconciling' || type === 'Stalled');
  expect(abnormal.filter(({ status }) => status !== 'True')).toEqual([]);
  const types = abnormal.map(({ type }) => type);
  if (outcome !== undefined) expect(types).not.toContain('Reconciling');
  else expect(types).not.toContain('Stalled');
}

function number(pod: Pod): string {
  return pod.metadata.labels?.[LABEL.attempt] ?? '?';
}

function graceWord(seconds: number | undefined): string {
  if (seconds === undefined) return 'delete';
  return seconds === 0 ? 'force' : `delete within ${seconds}`;
}
