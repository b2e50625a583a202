import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Admission, byTurn, type Candidate, type Held, type Limits, type Slot } from './admission.ts';

type Active = { uid: string; backend: string };

/** By uid, of all that wait and are eligible. */
function admit(
  waiting: readonly Candidate[],
  active: readonly Active[],
  limits: Limits,
  held: Held = new Map(),
): Map<string, Slot | undefined> {
  const jobsOn = (backend: string) => active.filter((one) => one.backend === backend).length;
  const inLine = waiting.toSorted(byTurn);
  const admission = new Admission({
    inLine,
    active: { size: active.length, jobsOn },
    limits,
    held: () => held,
    isEligible: () => true,
  });
  return new Map(inLine.map((one) => [one.uid, admission.slotOf(one)]));
}

const candidate = (uid: string, more: Partial<Candidate> = {}): Candidate => ({
  uid,
  name: `team/${uid}`,
  backend: 'team/one',
  priority: 0,
  createdAt: 0,
  ...more,
});
const limits = (maxRunnerPods: number, maxJobs: number) => ({ maxRunnerPods, maxJobsOf: () => maxJobs });
const admitted = (slots: ReturnType<typeof admit>) =>
  [...slots].filter(([, slot]) => slot?.isAdmitted).map(([uid]) => uid);

describe('whose turn it is', () => {
  test.each<[string, Candidate[], Active[], ReturnType<typeof limits>, string[]]>([
    [
      'first in, first out',
      [candidate('b', { createdAt: 2 }), candidate('a', { createdAt: 1 })],
      [],
      limits(9, 1),
      ['a'],
    ],
    ['higher priority first', [candidate('a'), candidate('b', { createdAt: 9, priority: 1 })], [], limits(9, 1), ['b']],
    ['by name where all else is equal', [candidate('b'), candidate('a')], [], limits(9, 1), ['a']],
    [
      'a busy backend holds up nobody else',
      [candidate('a'), candidate('b', { backend: 'team/two' })],
      [{ uid: 'x', backend: 'team/one' }],
      limits(9, 1),
      ['b'],
    ],
    [
      'a backend of the same name in another namespace is another one',
      [candidate('a')],
      [{ uid: 'x', backend: 'other/one' }],
      limits(9, 1),
      ['a'],
    ],
    [
      'the global limit holds for all',
      [candidate('a'), candidate('b', { backend: 'team/two' })],
      [],
      limits(1, 9),
      ['a'],
    ],
    [
      'as many as there is room for',
      ['a', 'b', 'c'].map((uid) => candidate(uid)),
      [{ uid: 'x', backend: 'team/one' }],
      limits(3, 9),
      ['a', 'b'],
    ],
    ['an unknown backend takes none', [candidate('a')], [], limits(9, 0), []],
    ['nobody waits', [], [{ uid: 'x', backend: 'team/one' }], limits(9, 9), []],
  ])('%s', (_name, waiting, active, bounds, expected) => {
    const slots = admit(waiting, active, bounds);
    expect(admitted(slots)).toEqual(expected);
    expect([...slots.keys()].toSorted()).toEqual(waiting.map(({ uid }) => uid).toSorted());
  });
});

test('the load is that of those in progress on the backend', () => {
  const slots = admit([candidate('a'), candidate('b')], [{ uid: 'x', backend: 'team/one' }], limits(9, 9));
  expect([...slots.values()]).toEqual([
    { isAdmitted: true, load: 1 },
    { isAdmitted: true, load: 1 },
  ]);
});

test('one that begins changes nothing for those in line', () => {
  const active = new Map<string, string>();
  const jobsOn = (backend: string) => [...active.values()].filter((one) => one === backend).length;
  const inLine = ['a', 'b', 'c'].map((uid) => candidate(uid));
  const occupied = {
    get size() {
      return active.size;
    },
    jobsOn,
  };
  const admission = new Admission({
    inLine,
    active: occupied,
    limits: limits(9, 2),
    held: () => new Map(),
    isEligible: () => true,
  });
  expect(admission.begin('c')).toBe(false);
  expect(admission.begin('a')).toBe(true);
  active.set('a', 'team/one');
  expect(admission.admitted.map(({ uid }) => uid)).toEqual(['b']);
  expect(inLine.slice(1).map((one) => admission.slotOf(one))).toEqual([
    { isAdmitted: true, load: 1 },
    { isAdmitted: false, reason: 'BackendBusy', message: expect.stringContaining('serves 2 of at most 2 jobs') },
  ]);
});

test('one that is not eligible is passed over, and the line is read no further than there is room', () => {
  const read: string[] = [];
  const inLine = ['a', 'b', 'c'].map((uid) => candidate(uid));
  const admission = new Admission({
    inLine,
    active: { size: 0, jobsOn: () => 0 },
    limits: limits(1, 9),
    held: () => new Map(),
    isEligible: ({ uid }) => {
      read.push(uid);
      return uid !== 'a';
    },
  });
  expect(read).toEqual(['a', 'b']);
  expect(inLine.map((one) => admission.slotOf(one))).toEqual([
    undefined,
    { isAdmitted: true, load: 0 },
    expect.objectContaining({ reason: 'RunnerLimitReached' }),
  ]);
});

test('who has to wait is told for what', () => {
  const active = [{ uid: 'x', backend: 'team/one' }];
  expect(admit([candidate('a')], active, limits(9, 1)).get('a')).toEqual({
    isAdmitted: false,
    reason: 'BackendBusy',
    message: 'RuneBackend "one" serves 1 of at most 1 jobs (maxConcurrentJobs).',
  });
  expect(admit([candidate('a')], active, limits(1, 9)).get('a')).toEqual({
    isAdmitted: false,
    reason: 'RunnerLimitReached',
    message: '1 runner Pods run, of at most 1 (operator flag --max-runner-pods).',
  });
});

describe('jobs with fixtures', () => {
  const inTeam = { exclusive: 'team' };
  const one = candidate('a', inTeam);

  test('have a namespace for themselves, one after the other, and hold up no others', () => {
    const waiting = [one, candidate('b', { ...inTeam, createdAt: 1 }), candidate('c', { createdAt: 2 })];
    const other = candidate('d', { exclusive: 'other', backend: 'other/one' });
    expect(admitted(admit([...waiting, other], [], limits(9, 9)))).toEqual(['a', 'd', 'c']);
  });

  test('wait for who has it, and are told who that is', () => {
    expect(admit([one], [], limits(9, 9), new Map([['team', 'holder']])).get('a')).toEqual({
      isAdmitted: false,
      reason: 'FixturesInUse',
      message: 'Fixtures of RuneJob "holder" are in this namespace; one job with fixtures runs in it at a time.',
    });
    const slots = admit([one, candidate('b', { ...inTeam, createdAt: 1 })], [], limits(9, 9));
    expect(slots.get('b')).toMatchObject({ message: expect.stringContaining('RuneJob "a"') });
  });

  test('go by priority, then by age', () => {
    const urgent = candidate('b', { ...inTeam, priority: 1, createdAt: 1 });
    expect(admitted(admit([one, urgent], [], limits(9, 9)))).toEqual(['b']);
  });

  test('that cannot start do not hold it', () => {
    const blocked = candidate('a', { ...inTeam, backend: 'team/busy' });
    const bounds = { maxRunnerPods: 9, maxJobsOf: (name: string) => (name === 'team/busy' ? 0 : 9) };
    expect(admitted(admit([blocked, candidate('b', { ...inTeam, createdAt: 1 })], [], bounds))).toEqual(['b']);
  });
});

const backend = fc.constantFrom('team/one', 'team/two', 'team/three');
const waitingJobs = fc
  .array(fc.record({ backend, priority: fc.integer({ min: -2, max: 2 }), createdAt: fc.nat(5) }), { maxLength: 12 })
  .map((jobs) => jobs.map((job, index) => candidate(`w${index}`, job)));
const activeJobs = fc
  .array(backend, { maxLength: 6 })
  .map((backends) => backends.map((name, index): Active => ({ uid: `a${index}`, backend: name })));
const bounds = fc.record({ maxRunnerPods: fc.nat(8), max: fc.dictionary(backend, fc.nat(3)) });

test('no limit is exceeded by a new one, and no room is left for anybody who waits', () => {
  fc.assert(
    fc.property(waitingJobs, activeJobs, bounds, (waiting, active, { maxRunnerPods, max }) => {
      const maxJobsOf = (name: string) => max[name] ?? 1;
      const started = new Set(admitted(admit(waiting, active, { maxRunnerPods, maxJobsOf })));
      const after = [...active, ...waiting.filter(({ uid }) => started.has(uid))];
      const on = (name: string) => after.filter((job) => job.backend === name).length;
      for (const job of waiting) {
        const isFull = after.length >= maxRunnerPods || on(job.backend) >= maxJobsOf(job.backend);
        if (started.has(job.uid)) expect(on(job.backend)).toBeLessThanOrEqual(maxJobsOf(job.backend));
        else expect(isFull).toBe(true);
      }
      if (started.size > 0) expect(after.length).toBeLessThanOrEqual(maxRunnerPods);
    }),
    { numRuns: 500 },
  );
});

test('nobody is passed by one for the same backend that came later, and all have their turn', () => {
  fc.assert(
    fc.property(
      waitingJobs,
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 2 }),
      (waiting, maxRunnerPods, max) => {
        const turns: Candidate[] = [];
        let left = waiting;
        for (let round = 0; left.length > 0 && round < waiting.length; round++) {
          const started = new Set(admitted(admit(left, [], limits(maxRunnerPods, max))));
          turns.push(
            ...left
              .filter(({ uid }) => started.has(uid))
              .toSorted((a, b) => b.priority - a.priority || a.createdAt - b.createdAt),
          );
          left = left.filter(({ uid }) => !started.has(uid));
        }
        expect(left).toEqual([]);
        for (const name of ['team/one', 'team/two', 'team/three']) {
          const priorities = turns
            .filter((job) => job.backend === name)
            .map(({ priority, createdAt }) => priority * 10 - createdAt);
          expect(priorities).toEqual(priorities.toSorted((a, b) => b - a));
        }
      },
    ),
    { numRuns: 300 },
  );
});
