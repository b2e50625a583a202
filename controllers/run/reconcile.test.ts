import { pino } from 'pino';
import { beforeEach, describe, expect, test } from 'vitest';
import { findCondition } from '../../crds/conditions.ts';
import type { RuneJob, RuneRun } from '../../crds/types.ts';
import { statusViolations } from '../testing/status-schema.ts';
import { RunReconciler } from './reconcile.ts';
import { sampleBackend, sampleFrozen, sampleJob, sampleRun } from './simulation/sample.ts';

const frozen = sampleFrozen({ agents: 1, models: 1, questions: 2, trials: 1 });
const END = Date.parse('2026-11-25T02:00:00Z');
const KEY = 'team/nightly-1';

let run: RuneRun;
let jobs: RuneJob[];
let now: number;
let isContentThere: boolean;
let writes: string[];
let told: string[];

beforeEach(() => {
  run = finished();
  jobs = [];
  now = END + 1000;
  isContentThere = true;
  writes = [];
  told = [];
});

function finished(): RuneRun {
  const started = sampleRun(frozen);
  const conditions = [
    { type: 'Finished', status: 'True' as const, reason: 'Complete', message: 'It ended.', lastTransitionTime: '' },
  ];
  const status = { ...started.status, completionTime: new Date(END).toISOString(), conditions };
  return { ...started, status } as RuneRun;
}

function reconciler(): RunReconciler {
  const none = { get: () => undefined, by: () => [] };
  return new RunReconciler({
    client: {
      get: async () => undefined,
      create: async (_resource, object) => {
        writes.push(`create ${object.metadata.name}`);
        return object as never;
      },
      patch: async (_resource, name) => {
        writes.push(`cancel ${name}`);
        return {} as never;
      },
      patchStatus: async (_resource, _name, _namespace, status) => {
        writes.push('status');
        run = { ...run, status: { ...run.status, ...status } as never };
        return run as never;
      },
      remove: async () => undefined,
      removeAll: async (resource, namespace, selector) => {
        writes.push(`remove ${resource.plural} ${namespace} ${selector}`);
      },
    },
    runs: { get: () => run, by: () => [run] },
    jobs: { get: (_namespace, name) => jobs.find(({ metadata }) => metadata.name === name), by: () => jobs },
    agents: none,
    backends: { get: () => sampleBackend(10), by: () => [] },
    archivePods: none,
    settings: { runnerImage: 'rune', runnerImagePullPolicy: 'IfNotPresent' },
    freezer: {
      prepare: () => Promise.reject(new Error('it has started')),
      commit: () => Promise.reject(new Error('it has started')),
      load: async () => (isContentThere ? frozen : undefined),
      forget: () => undefined,
    },
    events: { record: (_about, type, reason) => void told.push(`${type} ${reason}`) },
    stop: () => undefined,
    logger: pino({ level: 'silent' }),
    clock: { now: () => new Date(now), monotonic: () => now },
  });
}

const passed = (index: number) => sampleJob(run, frozen, index, { outcome: 'Passed' });

describe('after a run has finished', () => {
  test('its jobs are kept as long as they say', async () => {
    jobs = [passed(0), passed(1)];
    expect(await reconciler().reconcile(KEY)).toEqual({ requeueAfterMilliseconds: 86_400_000 - 1000 });
    expect(writes).toEqual([]);
  });

  test('then all are deleted together', async () => {
    jobs = [passed(0), passed(1)];
    now = END + 86_400_000;
    await reconciler().reconcile(KEY);
    expect(writes).toEqual(['remove runejobs team bench.rune.ai/run-uid=run-uid']);
  });

  test('and nothing is left to do', async () => {
    expect(await reconciler().reconcile(KEY)).toBeUndefined();
    expect(writes).toEqual([]);
  });

  test('a job whose creation was not answered is cancelled, once', async () => {
    const late = sampleJob(run, frozen, 1);
    jobs = [passed(0), late];
    await reconciler().reconcile(KEY);
    jobs = [passed(0), { ...late, spec: { ...late.spec, cancel: true } }];
    await reconciler().reconcile(KEY);
    expect(writes).toEqual(['cancel nightly-1-1']);
  });
});

describe('a run that goes on', () => {
  beforeEach(() => {
    run = sampleRun(frozen);
  });

  test('ends when what it froze is gone, and says what to do', async () => {
    isContentThere = false;
    await reconciler().reconcile(KEY);
    expect(writes).toEqual(['remove runejobs team bench.rune.ai/run-uid=run-uid', 'status']);
    expect(statusViolations('RuneRun', run.status ?? {})).toEqual([]);
    expect(findCondition(run.status?.conditions, 'Finished')).toMatchObject({ status: 'True', reason: 'ContentLost' });
    expect(told).toEqual(['Warning ContentLost']);
  });

  test('is not touched any more once it is being deleted', async () => {
    run = { ...run, metadata: { ...run.metadata, deletionTimestamp: new Date(END).toISOString() } };
    expect(await reconciler().reconcile(KEY)).toBeUndefined();
    expect(writes).toEqual([]);
  });

  test('starts from nothing when it is deleted and made again under its name', async () => {
    const same = reconciler();
    await same.reconcile(KEY);
    expect(writes.toSorted()).toEqual(['create nightly-1-0', 'create nightly-1-1', 'status']);
    writes = [];
    const again = sampleRun(frozen);
    run = { ...again, metadata: { ...again.metadata, uid: 'another' } };
    await same.reconcile(KEY);
    expect(writes.toSorted()).toEqual(['create nightly-1-0', 'create nightly-1-1', 'status']);
  });
});
