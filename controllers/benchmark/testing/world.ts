import { random } from '../../../crds/statistics/random.ts';
import type { RuneBenchmark } from '../../../crds/types.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const MINUTE = 60_000;

export const START = Date.parse('2026-01-01T00:00:30Z');
export const END = START + 2 * 365 * DAY;

export type Spec = Pick<
  RuneBenchmark['spec'],
  'schedule' | 'timeZone' | 'concurrencyPolicy' | 'startingDeadlineSeconds' | 'runOnChange' | 'trials' | 'suspend'
>;
type Policy = Spec['concurrencyPolicy'];
type Span = readonly [from: number, to: number];

/** Two years of what a benchmark may meet. Times are milliseconds since the epoch. */
export type World = {
  /** The spec from each of these times on; the first one is its creation. */
  specs: readonly { from: number; spec: Spec }[];
  /** Nobody works. */
  down: readonly Span[];
  /** The emergency stop is in force. */
  stopped: readonly Span[];
  /** Runs that people make. */
  byHand: readonly Span[];
  /** How long each run takes that is made, in their order. */
  takes: (index: number) => number;
  /** So long a cancelled run goes on at most. */
  cancelTakes: number;
};

const SCHEDULES: readonly [schedule: string, timeZone: string][] = [
  ['30 2 * * *', 'Europe/Berlin'],
  ['0 */6 * * *', 'America/New_York'],
  ['30 1 * * *', 'America/St_Johns'],
  ['15 1 * * 1-5', 'Australia/Sydney'],
  ['50 3 * * *', 'Pacific/Chatham'],
  ['0 0 13 * 5', 'Asia/Kathmandu'],
  ['*/45 0-3 * * 0,6', 'Europe/London'],
  ['@weekly', 'Etc/UTC'],
];

export function randomWorld(seed: number, policy: Policy): World {
  const next = random(seed);
  const below = (n: number) => Math.floor(next() * n);
  const spans = (count: number, longest: number) =>
    Array.from({ length: count }, (): Span => {
      const from = START + below(END - START);
      return [from, from + below(longest)];
    });
  const edits = Array.from({ length: 30 }, () => START + below(END - START)).toSorted((a, b) => a - b);
  let spec: Spec = { ...scheduled(below(SCHEDULES.length)), concurrencyPolicy: policy, trials: 1, suspend: false };
  spec = { ...spec, runOnChange: next() < 0.4 };
  const specs = [{ from: START, spec }];
  for (const from of edits) {
    spec = edited(spec, below(7), below);
    specs.push({ from, spec });
  }
  const takes = Array.from({ length: 1000 }, () => Math.ceil(next() ** 4 * 30 * HOUR + MINUTE));
  return {
    specs,
    down: spans(25, 3 * DAY),
    stopped: spans(8, 2 * DAY),
    byHand: spans(30, 8 * HOUR),
    takes: (index) => takes[index % takes.length] ?? MINUTE,
    cancelTakes: 90_000,
  };
}

function scheduled(number: number): Pick<Spec, 'schedule' | 'timeZone'> {
  const [schedule = '', timeZone = ''] = SCHEDULES[number] ?? [];
  return { schedule, timeZone };
}

function edited(spec: Spec, kind: number, below: (n: number) => number): Spec {
  const { schedule, timeZone: _timeZone, startingDeadlineSeconds: _deadline, ...rest } = spec;
  if (kind === 0) return { ...spec, trials: 1 + below(3) };
  if (kind === 1) return { ...spec, suspend: !spec.suspend };
  if (kind === 2) return { ...spec, startingDeadlineSeconds: [0, 60, 7200, 86_400][below(4)] ?? 0 };
  if (kind === 3 && spec.startingDeadlineSeconds !== undefined) return { ...rest, ...times(spec) };
  // Suspended for long, or without a schedule, nothing is to be seen.
  if (kind === 4 && schedule !== undefined) return { ...rest, suspend: false };
  return { ...spec, ...scheduled(below(SCHEDULES.length)), suspend: false };
}

function times({ schedule, timeZone }: Spec): Pick<Spec, 'schedule' | 'timeZone'> {
  return schedule === undefined || timeZone === undefined ? {} : { schedule, timeZone };
}

export function isIn(spans: readonly Span[], time: number): boolean {
  return spans.some(([from, to]) => time >= from && time < to);
}

export function specAt({ specs }: World, time: number): { spec: Spec; generation: number } {
  const generation = specs.findLastIndex(({ from }) => from <= time) + 1;
  const found = specs[generation - 1];
  if (found === undefined) throw new Error('There is no benchmark yet.');
  return { spec: found.spec, generation };
}

/** When something comes from without. */
export function edges({ specs, down, stopped, byHand }: World): number[] {
  return [...specs.map(({ from }) => from), ...[...down, ...stopped, ...byHand].flat()].filter((time) => time < END);
}
