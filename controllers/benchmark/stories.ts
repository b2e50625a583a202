import type { RuneRun } from '../../crds/types.ts';
import { MANY_MISSED } from './due.ts';
import type { Trigger } from './new-run.ts';

/** An Event about a benchmark. */
export type Story = { type: 'Normal' | 'Warning'; reason: string; message: string };

export function created(name: string, { trigger }: Trigger): Story {
  const by = trigger === 'Schedule' ? 'the schedule' : 'a change of the benchmark';
  return { type: 'Normal', reason: 'RunCreated', message: `RuneRun "${name}" was made by ${by}.` };
}

/** @param why what the API server said */
export function refused(name: string, why: string): Story {
  const message = `RuneRun "${name}" could not be made: ${why.replace(/[.\s]+$/, '')}. It is tried again.`;
  return { type: 'Warning', reason: 'RunRefused', message };
}

export function waiting(asked: Trigger, { metadata }: RuneRun): Story {
  const message = `${what(asked)} waits until RuneRun "${metadata.name}" has finished, as concurrencyPolicy says.`;
  return { type: 'Normal', reason: 'RunAlreadyActive', message };
}

export function replaced(asked: Trigger, name: string): Story {
  const message = `${what(asked)} replaces RuneRun "${name}", which is cancelled, as concurrencyPolicy says.`;
  return { type: 'Normal', reason: 'RunReplaced', message };
}

/** @param time milliseconds since the epoch */
export function missed(time: number, deadlineSeconds: number): Story {
  const message = `The run of ${timestamp(time)} was not made: it could not start within startingDeadlineSeconds (${deadlineSeconds} s). Raise that, or make a RuneRun by hand.`;
  return { type: 'Warning', reason: 'MissedSchedule', message };
}

export function manyMissed(): Story {
  const message = `More than ${MANY_MISSED} times of the schedule were missed; only the newest is made up for. Set startingDeadlineSeconds, or check the operator and its clock.`;
  return { type: 'Warning', reason: 'TooManyMissedTimes', message };
}

/** RFC 3339 of milliseconds since the epoch. */
export function timestamp(time: number): string {
  return new Date(time).toISOString().replace('.000Z', 'Z');
}

function what(asked: Trigger): string {
  if (asked.trigger === 'Schedule') return `The run of ${timestamp(asked.time)}`;
  return `The run for generation ${asked.change.generation}`;
}
