import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { ANNOTATION_FIXTURES, LABEL } from '../../crds/names.ts';
import type { RuneJob } from '../../crds/types.ts';
import { NO_SLOT, Slots } from './slots.ts';
import {
  finishedStatus,
  openStatus,
  runnerEnded,
  runnerIs,
  sampleJob,
  samplePod,
  sampleReport,
} from './testing/sample.ts';

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

  test('is not taken by a Pod of a name that no attempt has', () => {
    slots.observe(added(job('b')));
    const { metadata, ...forged } = runnerOf('x');
    slots.observePod(added({ ...forged, metadata: { ...metadata, name: 'x', ownerReferences: [] } }));
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

describe('the fixtures of a namespace', () => {
  const question = {
    prompt: 'What is wrong?',
    passMarkPermille: 1000,
    fixtures: { manifests: [], timeoutSeconds: 60 },
  };
  const inSecret = { question: undefined, questionRef: { revision: 'r', id: 'q', hasFixtures: true } } as never;
  const podOf = (name: string, status = runnerIs({ running: {} })) => {
    const pod = runnerOf(name, status);
    const annotations = { ...pod.metadata.annotations, [ANNOTATION_FIXTURES]: 'true' };
    const labels = { ...pod.metadata.labels, [LABEL.jobUid]: name };
    return { ...pod, metadata: { ...pod.metadata, annotations, labels } };
  };
  const endedWith = (fixtures: 'removed' | 'left' | undefined) => {
    const report = sampleReport({ uid: 'a', ...(fixtures && { fixtures }) });
    const pod = podOf('a', runnerEnded(report));
    return { ...pod, metadata: { ...pod.metadata, finalizers: [] } };
  };
  const holder = () => {
    const slot = slots.of(job('b', { spec: { question } }));
    return slot.isAdmitted ? undefined : slot.message;
  };

  beforeEach(() => {
    slots = new Slots({
      limits: { maxRunnerPods: 9, maxJobsOf: () => 9 },
      isEligible: () => true,
      wake: (keys) => woken.push(keys),
    });
    slots.observe(added(job('b', { spec: { question } })));
  });

  test.each([
    ['that runs', () => void slots.observe(added(job('a', { spec: { question }, status: openStatus() })))],
    [
      'with its question in a Secret',
      () => void slots.observe(added(job('a', { spec: inSecret, status: openStatus() }))),
    ],
    ['that is being recorded', () => slots.take(job('a', { spec: { question } }))],
    ['whose Pod is being made', () => slots.creating(job('a', { spec: { question } }))],
    ['that is gone and whose Pod lives', () => void slots.observePod(added(podOf('a')))],
    [
      'that is gone and whose Pod ended without a report',
      () => void slots.observePod(added(podOf('a', runnerEnded()))),
    ],
    ['whose Pod left them', () => void slots.observePod(added(endedWith('left')))],
  ])('are those of a job %s', (_name, comes) => {
    expect(holder()).toBeUndefined();
    comes();
    expect(holder()).toContain('RuneJob "a"');
  });

  test('are free again when a Pod that left them is gone, and the next is woken', () => {
    slots.observePod(added(podOf('a')));
    expect(slots.observePod(modified(endedWith('left')))).toBe(true);
    expect(holder()).toBeDefined();
    expect(slots.observePod(deleted(endedWith('left')))).toBe(true);
    expect(slots.admitted()).toEqual(['team/b']);
  });

  test('are free when the Pod has taken them away', () => {
    slots.observePod(added(podOf('a')));
    expect(slots.observePod(modified(endedWith('removed')))).toBe(true);
    expect(holder()).toBeUndefined();
  });

  test('are not held by Pods of jobs without, nor by those that only look like ours', () => {
    slots.observePod(added(runnerOf('a')));
    const { metadata, ...pod } = podOf('x');
    slots.observePod(added({ ...pod, metadata: { ...metadata, finalizers: [], ownerReferences: [] } }));
    expect(holder()).toBeUndefined();
  });

  test('left by an earlier attempt are waited for by its own job, too: they would collide', () => {
    slots.observePod(added(podOf('b', runnerEnded())));
    expect(holder()).toContain('RuneJob "b"');
  });
});

test('all jobs that have not finished can be asked for, those that run first', () => {
  slots.observe(added(job('a')));
  slots.observe(added(job('b', { status: openStatus() })));
  slots.observe(added(job('c', { status: finishedStatus() })));
  expect(slots.unfinished()).toEqual(['team/b', 'team/a']);
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

describe('one that waits though its Pod lives', () => {
  beforeEach(() => {
    slots = new Slots({
      limits: { maxRunnerPods: 2, maxJobsOf: () => 2 },
      isEligible: () => true,
      wake: (keys) => woken.push(keys),
    });
    slots.observe(added(job('a')));
  });

  test('is in line again when the Pod that was being created is seen', () => {
    slots.creating(job('a'));
    expect(slots.admitted()).toEqual([]);
    slots.observePod(added(runnerOf('a')));
    expect(slots.admitted()).toEqual(['team/a']);
  });

  test('leaves the room that it would have taken twice to the next when it begins', () => {
    slots.observePod(added(runnerOf('a')));
    slots.observe(added(job('b')));
    expect(slots.admitted()).toEqual(['team/a']);
    slots.take(job('a'));
    expect(slots.admitted()).toEqual(['team/b']);
  });
});

test('what is remembered of who may start is what would be found anew, at each step of any history', () => {
  const question = { prompt: '', passMarkPermille: 1000, fixtures: { manifests: [], timeoutSeconds: 60 } };
  const names = ['a', 'b', 'c', 'd', 'e'];
  const of = (name: string, status?: RuneJob['status']) =>
    job(name, { spec: { priority: names.indexOf(name) % 2, ...(name < 'c' ? { question } : {}) }, status });
  const steps: Record<string, (name: string) => void> = {
    waits: (name) => void slots.observe(added(of(name))),
    runs: (name) => void slots.observe(added(of(name, openStatus()))),
    'is parked': (name) => void slots.observe(added(of(name, openStatus('PodRefused')))),
    finishes: (name) => void slots.observe(modified(of(name, finishedStatus()))),
    'is deleted': (name) => void slots.observe(deleted(of(name))),
    begins: (name) => slots.of(of(name)).isAdmitted && slots.take(of(name)),
    'gives back': (name) => slots.giveBack(of(name)),
    'makes its Pod': (name) => slots.creating(of(name)),
    'made none': (name) => slots.notCreated(of(name)),
    'has a Pod': (name) => void slots.observePod(added(runnerOf(name))),
    'has a Pod that ended': (name) => void slots.observePod(modified(runnerOf(name, runnerEnded()))),
    'has no Pod': (name) => void slots.observePod(deleted(runnerOf(name))),
  };
  const history = fc.array(fc.tuple(fc.constantFrom(...names), fc.constantFrom(...Object.keys(steps))), {
    maxLength: 40,
  });
  fc.assert(
    fc.property(history, fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 3 }), (changes, pods, jobs) => {
      const limits = { maxRunnerPods: pods, maxJobsOf: () => jobs };
      slots = new Slots({ limits, isEligible: () => true, wake: () => undefined });
      for (const [name, what] of changes) {
        slots.admitted();
        steps[what]?.(name);
        const remembered = [slots.admitted(), names.map((one) => slots.of(of(one)).isAdmitted)];
        slots.refresh();
        expect([slots.admitted(), names.map((one) => slots.of(of(one)).isAdmitted)]).toEqual(remembered);
      }
    }),
    { numRuns: 1000 },
  );
});
