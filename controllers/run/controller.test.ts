import { pino } from 'pino';
import { beforeEach, describe, expect, test } from 'vitest';
import type { RuneJob, RuneRun } from '../../crds/types.ts';
import type { KubeObject } from '../kube/resource.ts';
import type { Change } from '../kube/watch.ts';
import { createMetrics } from '../metrics.ts';
import { wireRuns } from './controller.ts';
import { sampleFrozen, sampleJob, sampleRun } from './simulation/sample.ts';

const frozen = sampleFrozen();
const waiting: RuneRun = { ...sampleRun(frozen), status: { observedGeneration: 1 } };
const started: RuneRun = renamed(sampleRun(frozen), 'started');
const elsewhere: RuneRun = { ...waiting, metadata: { ...waiting.metadata, name: 'else', namespace: 'elsewhere' } };

function renamed(run: RuneRun, name: string): RuneRun {
  return { ...run, metadata: { ...run.metadata, name } };
}

/** A cache that a test changes. */
class TestCache<T extends KubeObject> {
  objects: T[] = [];
  readonly #handlers: ((change: Change<T>) => void)[] = [];
  get = () => undefined;
  by = () => [];
  all = () => this.objects;
  onChange = (handler: (change: Change<T>) => void) => void this.#handlers.push(handler);
  tell(change: Change<T>): void {
    for (const handler of this.#handlers) handler(change);
  }
}

const names = ['runs', 'jobs', 'archivePods', 'agents', 'backends', 'benchmarks', 'suites', 'stops'] as const;
let caches: Record<(typeof names)[number], TestCache<never>>;
let enqueued: string[];
let metrics: ReturnType<typeof createMetrics>;

beforeEach(() => {
  enqueued = [];
  metrics = createMetrics();
  caches = Object.fromEntries(names.map((name) => [name, new TestCache()])) as unknown as typeof caches;
  caches.runs.objects = [waiting, started, elsewhere] as never[];
  const nobody = () => Promise.reject(new Error('nothing is asked here'));
  wireRuns(
    {
      ...caches,
      client: { get: nobody, create: nobody, patch: nobody, patchStatus: nobody, remove: nobody, removeAll: nobody },
      settings: { runnerImage: 'rune', runnerImagePullPolicy: 'IfNotPresent' },
      namespace: 'rune-system',
      events: { record: () => undefined },
      logger: pino({ level: 'silent' }),
      metrics,
      clock: { now: () => new Date(0), monotonic: () => 0 },
    },
    (key) => enqueued.push(key),
  );
});

function change(cache: keyof typeof caches, object: KubeObject, old?: KubeObject): string[] {
  caches[cache].tell({
    type: 'modified',
    object: object as never,
    ...(old === undefined ? {} : { old: old as never }),
  });
  return [...new Set(enqueued)];
}

const named = (name: string, namespace?: string): KubeObject => ({
  metadata: namespace === undefined ? { name } : { name, namespace },
});

describe('what wakes a run', () => {
  test.each<[string, keyof typeof caches, KubeObject, string[]]>([
    ['itself', 'runs', started, ['team/started']],
    ['a suite: those of its namespace that wait', 'suites', named('basics', 'team'), ['team/nightly-1']],
    ['a benchmark: those of its namespace that wait', 'benchmarks', named('nightly', 'team'), ['team/nightly-1']],
    ['an agent: all that wait', 'agents', named('direct'), ['team/nightly-1', 'elsewhere/else']],
    ['a backend: all of its namespace', 'backends', named('local', 'team'), ['team/nightly-1', 'team/started']],
    ['the stop: all', 'stops', named('rune-emergency-stop'), ['team/nightly-1', 'team/started', 'elsewhere/else']],
    ['a job', 'jobs', sampleJob(started, frozen, 0), ['team/started']],
    ['no job of nobody', 'jobs', named('alone', 'team'), []],
  ])('%s', (_name, cache, object, expected) => {
    expect(change(cache, object)).toEqual(expected);
  });

  test('a baseline that finished', () => {
    expect(change('runs', ended('Complete'), started)).toEqual(['team/started', 'team/nightly-1']);
  });

  test('a job whose owner was taken off it', () => {
    const job = sampleJob(started, frozen, 0);
    const alone: RuneJob = { ...job, metadata: { ...job.metadata, ownerReferences: [] } };
    expect(change('jobs', alone, job)).toEqual(['team/started']);
  });
});

test('the end of a run is counted once, when it is seen to come', async () => {
  change('runs', ended('Complete'), started);
  change('runs', ended('Complete'), ended('Complete'));
  change('runs', ended('Cancelled'));
  const { values } = await metrics.runs.finished.get();
  expect(values.map(({ labels, value }) => [labels.outcome, value])).toEqual([['Complete', 1]]);
});

function ended(reason: string): RuneRun {
  const condition = { type: 'Finished', status: 'True' as const, reason, message: '', lastTransitionTime: '' };
  return { ...started, status: { ...started.status, conditions: [condition] } as RuneRun['status'] } as RuneRun;
}
