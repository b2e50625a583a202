import { beforeEach, describe, expect, test } from 'vitest';
import type { RuneJob } from '../../crds/types.ts';
import { NO_SLOT, Slots } from './slots.ts';
import { finishedStatus, openStatus, runnerEnded, runnerIs, sampleJob, samplePod } from './testing/sample.ts';

const job = (name: string, more: { spec?: Partial<RuneJob['spec']>; status?: RuneJob['status']; uid?: string } = {}) =>
  sampleJob(more.spec, more.status, { name, uid: more.uid ?? name });
const added = <T>(object: T) => ({ type: 'added', object }) as const;
const modified = <T>(object: T) => ({ type: 'modified', object, old: object }) as const;
const deleted = <T>(object: T) => ({ type: 'deleted', object }) as const;
const runnerOf = (name: string, status = runnerIs({ running: {} })) => {
  const pod = samplePod(1, status, { name: `${name}-1`, uid: `${name}-pod` });
  const owner = { apiVersion: 'bench.rune.ai/v1alpha1', kind: 'RuneJob', name, uid: name };
  return { ...pod, metadata: { ...pod.metadata, ownerReferences: [owner] } };
};

let slots: Slots;
let woken: string[][];
let notEligible: Set<string>;

beforeEach(() => {
  woken = [];
  notEligible = new Set();
  slots = new Slots({
    limits: { maxRunnerPods: 1, maxJobsOf: () => 9 },
    isEligible: ({ spec, metadata }) => !spec.suspend && !notEligible.has(metadata.name ?? ''),
    wake: (keys) => woken.push(keys),
  });
});

describe('a slot', () => {
  test('goes to the first in line, and to the next when the first has finished', () => {
    expect(slots.observe(added(job('a')))).toBe(false);
    slots.observe(added(job('b')));
    expect(slots.admitted()).toEqual(['team/a']);
    expect(slots.observe(modified(job('a', { status: openStatus() })))).toBe(false);
    expect(slots.admitted()).toEqual([]);
    expect(slots.of(job('b'))).toMatchObject({ isAdmitted: false, reason: 'RunnerLimitReached' });
    expect(slots.observe(modified(job('a', { status: finishedStatus() })))).toBe(true);
    expect(slots.admitted()).toEqual(['team/b']);
  });

  test('is held from the moment it is taken, and once only when the cache shows it', () => {
    slots.observe(added(job('a')));
    slots.observe(added(job('b')));
    slots.take(job('a'));
    expect([slots.isTaken(job('a')), slots.admitted(), slots.inProgress]).toEqual([true, [], 1]);
    slots.observe(modified(job('a')));
    expect(slots.isTaken(job('a'))).toBe(true);
    slots.observe(modified(job('a', { status: openStatus() })));
    expect([slots.isTaken(job('a')), slots.admitted(), slots.inProgress]).toEqual([false, [], 1]);
  });

  test('that was taken is free when its job is deleted before the cache showed it', () => {
    slots.observe(added(job('a')));
    slots.observe(added(job('b')));
    slots.take(job('a'));
    expect(slots.observe(deleted(job('a')))).toBe(true);
    expect(slots.admitted()).toEqual(['team/b']);
  });

  test('is held as long as the Pod of a job that is gone lives', () => {
    slots.observe(added(job('a', { status: openStatus() })));
    slots.observe(added(job('b')));
    slots.observePod(added(runnerOf('a')));
    slots.observe(deleted(job('a')));
    expect(slots.admitted()).toEqual([]);
    expect(slots.observePod(modified(runnerOf('a', runnerEnded())))).toBe(true);
    expect(slots.admitted()).toEqual(['team/b']);
    expect(slots.observePod(deleted(runnerOf('a')))).toBe(false);
  });

  test('is held while the Pod is created, though the job is gone, and from then on by the Pod', () => {
    slots.observe(added(job('a', { status: openStatus() })));
    slots.observe(added(job('b')));
    slots.creating(job('a'));
    slots.observe(deleted(job('a')));
    expect(slots.admitted()).toEqual([]);
    slots.observePod(added(runnerOf('a')));
    expect(slots.inProgress).toBe(1);
    expect(slots.observePod(deleted(runnerOf('a')))).toBe(true);
    expect(slots.admitted()).toEqual(['team/b']);
  });

  test('is free, and the next in line woken, when the Pod of a job that is gone was not created', () => {
    slots.observe(added(job('a', { status: openStatus() })));
    slots.observe(added(job('b')));
    slots.creating(job('a'));
    slots.observe(deleted(job('a')));
    slots.notCreated(job('a'));
    expect(woken).toEqual([['team/b']]);
  });

  test('is not taken by a Pod that only has our labels', () => {
    slots.observe(added(job('b')));
    const { metadata, ...forged } = runnerOf('x');
    slots.observePod(added({ ...forged, metadata: { ...metadata, finalizers: [], ownerReferences: [] } }));
    expect(slots.admitted()).toEqual(['team/b']);
  });

  test('is free when the Pod that was being created is first seen at its end', () => {
    slots.observe(added(job('a', { status: openStatus() })));
    slots.creating(job('a'));
    slots.observe(deleted(job('a')));
    expect(slots.observePod(added(runnerOf('a', runnerEnded())))).toBe(true);
    expect(slots.inProgress).toBe(0);
  });

  test('is given back by a job whose Pod is refused, which waits in line again', () => {
    const parked = openStatus('PodRefused');
    slots.observe(added(job('a', { status: parked })));
    slots.observe(added(job('b')));
    expect(slots.inProgress).toBe(0);
    expect(slots.of(job('a', { status: parked })).isAdmitted).toBe(true);
    notEligible.add('a');
    slots.refresh();
    expect(slots.admitted()).toEqual(['team/b']);
  });

  test('counts once for a job and its Pod, whichever is seen first', () => {
    slots.observePod(added(runnerOf('a')));
    slots.observe(added(job('a', { status: openStatus() })));
    expect(slots.inProgress).toBe(1);
    slots.observePod(deleted(runnerOf('a')));
    expect(slots.inProgress).toBe(1);
  });

  test('of a job made again under its name is another one', () => {
    slots.observe(added(job('a', { status: openStatus() })));
    slots.observe(added(job('b')));
    expect(slots.observe(deleted(job('a', { status: openStatus() })))).toBe(true);
    slots.observe(added(job('a', { uid: 'new' })));
    expect(slots.of(job('a', { uid: 'new' })).isAdmitted).toBe(true);
  });

  test('of a job that the cache does not know, or that may not start, is none', () => {
    expect(slots.of(job('unknown'))).toBe(NO_SLOT);
    slots.observe(added(job('a', { spec: { suspend: true } })));
    expect(slots.of(job('a'))).toBe(NO_SLOT);
  });

  test('is looked for once more when time alone made the job eligible', () => {
    notEligible.add('a');
    slots.observe(added(job('a')));
    expect(slots.of(job('a'))).toBe(NO_SLOT);
    notEligible.clear();
    expect(slots.of(job('a')).isAdmitted).toBe(true);
  });
});

describe('the next in line is woken', () => {
  beforeEach(() => {
    slots.observe(added(job('a')));
    slots.observe(added(job('b')));
  });

  test.each([
    ['deleted', deleted(job('a'))],
    ['finished', modified(job('a', { status: finishedStatus() }))],
    ['suspended', modified(job('a', { spec: { suspend: true } }))],
  ])('when the first is %s before it began', (_name, change) => {
    expect(slots.observe(change)).toBe(true);
    expect(slots.admitted()).toEqual(['team/b']);
  });

  test('not by a change that leaves the first where it is', () => {
    expect(slots.observe(modified(job('a')))).toBe(false);
  });

  test('when a slot is given back by one that does not want it any more', () => {
    slots.take(job('a'));
    slots.observe(modified(job('a', { spec: { suspend: true } })));
    slots.giveBack(job('a'));
    expect(woken).toEqual([['team/b']]);
  });

  test('but not when a slot is given back by one that still wants it', () => {
    slots.take(job('a'));
    slots.giveBack(job('a'));
    expect(woken.flat()).toEqual([]);
    expect(slots.admitted()).toEqual(['team/a']);
  });
});

test('those without an attempt in progress can be asked for', () => {
  slots.observe(added(job('a', { status: openStatus() })));
  slots.observe(added(job('b')));
  slots.observe(added(job('c')));
  expect(slots.waiting(({ metadata }) => metadata.name !== 'c')).toEqual(['team/b']);
});
