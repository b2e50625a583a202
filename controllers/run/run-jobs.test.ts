import { pino } from 'pino';
import { beforeEach, describe, expect, test } from 'vitest';
import type { RuneJob } from '../../crds/types.ts';
import { ApiError, ConnectionError } from '../kube/errors.ts';
import { RunJobs } from './run-jobs.ts';
import { RunState } from './run-state.ts';
import { sampleFrozen, sampleJob, sampleRun } from './simulation/sample.ts';

const frozen = sampleFrozen({ agents: 1, models: 1, questions: 10, trials: 4 }, { parallelism: 40 });
const run = sampleRun(frozen);
const indexes = Array.from({ length: 40 }, (_, index) => index);

const taken = new ApiError(409, 'AlreadyExists', 'it exists');
const quota = new ApiError(403, 'Forbidden', 'exceeded quota: count/runejobs=10');

/** The API server: what it says to a creation, and the jobs that it has. */
let answer: (name: string) => Error | undefined;
let present: Map<string, RuneJob>;
let calls: string[];
let atOnce: { now: number; most: number };
let told: string[];
let isStopped: boolean;
let now: number;

beforeEach(() => {
  answer = () => undefined;
  present = new Map();
  calls = [];
  atOnce = { now: 0, most: 0 };
  told = [];
  isStopped = false;
  now = 1_000_000;
});

async function call<T>(what: string, act: () => T): Promise<T> {
  calls.push(what);
  atOnce.most = Math.max(atOnce.most, ++atOnce.now);
  await Promise.resolve();
  atOnce.now--;
  return act();
}

function begin() {
  const throwing = (error: Error | undefined) => {
    if (error !== undefined) throw error;
  };
  const jobs = new RunJobs({
    client: {
      get: (_resource, name) => call(`get ${name}`, () => present.get(name) as never),
      create: (_resource, object) =>
        call(`create ${object.metadata.name}`, () => {
          throwing(answer(object.metadata.name ?? ''));
          return object as never;
        }),
      patch: (_resource, name) => call(`patch ${name}`, () => throwing(answer(name)) as never),
      removeAll: () => call('remove all', () => undefined),
    },
    jobs: { get: (_namespace, name) => present.get(name) },
    events: { record: (_about, type, reason) => void told.push(`${type} ${reason}`) },
    stop: () => (isStopped ? { reason: 'a test', release: '' } : undefined),
    logger: pino({ level: 'silent' }),
    clock: { now: () => new Date(now), monotonic: () => now },
  });
  return { jobs, state: new RunState(run, frozen, []) };
}

const casesOf = (state: RunState) => state.progress.casesOf(0).slice(0, 4);

describe('jobs are made', () => {
  test('several at once, but not too many', async () => {
    const { jobs, state } = begin();
    expect(await jobs.make(run, state, indexes)).toBe(true);
    expect(state.progress.jobs.created).toBe(40);
    expect(atOnce.most).toBe(16);
  });

  test('not while an emergency stop is in force', async () => {
    const { jobs, state } = begin();
    isStopped = true;
    expect(await jobs.make(run, state, [0])).toBe(false);
    expect(calls).toEqual([]);
  });

  test('and refused: once for all that were sent together, and no more are sent', async () => {
    const { jobs, state } = begin();
    answer = (name) => (name.endsWith('-0') ? undefined : quota);
    expect(await jobs.make(run, state, indexes)).toBe(false);
    expect(casesOf(state)).toBe('o...');
    expect(calls).toHaveLength(16);
    expect(state.refusal).toEqual({
      message: 'The API server refused a RuneJob: exceeded quota: count/runejobs=10.',
      since: now,
      retryTime: now + 1000,
    });
  });

  test.each([
    ['a lost connection', new ConnectionError('cut', true, {})],
    ['too many requests', new ApiError(429, 'TooManyRequests', 'later')],
    ['an API server in trouble', new ApiError(500, 'InternalError', 'etcd')],
    ['a quota that several jobs met at once', new ApiError(409, 'Conflict', 'the object has been modified')],
  ])('%s is no refusal: it is tried again, and the others are made', async (_name, error) => {
    const { jobs, state } = begin();
    answer = (name) => (name.endsWith('-1') ? error : undefined);
    await expect(jobs.make(run, state, [0, 1, 2])).rejects.toThrow(error);
    expect(casesOf(state)).toBe('o.o.');
    expect(state.refusal).toBeUndefined();
  });
});

describe('a name that is taken', () => {
  const job = sampleJob(run, frozen, 0);
  beforeEach(() => {
    answer = () => taken;
  });

  test('by the job itself: it was made before', async () => {
    const { jobs, state } = begin();
    present.set('nightly-1-0', job);
    expect(await jobs.make(run, state, [0])).toBe(true);
    expect(casesOf(state)).toBe('o...');
  });

  test.each<[string, RuneJob]>([
    ['somebody else', { ...job, metadata: { ...job.metadata, ownerReferences: [] } }],
    ['one that says it is ours, and asks something easier', { ...job, spec: { ...job.spec, trial: 3 } }],
  ])('by %s: the case cannot be measured, and the run says so', async (_name, other) => {
    const { jobs, state } = begin();
    present.set('nightly-1-0', other);
    expect(await jobs.make(run, state, [0])).toBe(false);
    expect(casesOf(state)).toBe('-...');
    expect(told).toEqual(['Warning JobNameTaken']);
  });

  test('by what is gone again: it is tried once more', async () => {
    const { jobs, state } = begin();
    await expect(jobs.make(run, state, [0])).rejects.toThrow('it exists');
    expect(casesOf(state)).toBe('....');
  });
});

describe('a job that the cache does not show', () => {
  async function afterSeconds(seconds: number, found?: RuneJob) {
    const { jobs, state } = begin();
    await jobs.make(run, state, [0]);
    calls = [];
    if (found !== undefined) present.set('nightly-1-0', found);
    now += seconds * 1000;
    await jobs.lookForUnseen(run, state);
    return state;
  }

  test('is not looked for at once', async () => {
    expect(casesOf(await afterSeconds(10))).toBe('o...');
    expect(calls).toEqual([]);
  });

  test.each<[string, RuneJob | undefined, string]>([
    ['is there', sampleJob(run, frozen, 0, { outcome: 'Passed' }), 'P...'],
    ['is gone', undefined, '-...'],
    ['is something else', { ...sampleJob(run, frozen, 0), metadata: { name: 'nightly-1-0' } }, '-...'],
  ])('%s', async (_name, found, expected) => {
    expect(casesOf(await afterSeconds(11, found))).toBe(expected);
    expect(calls).toEqual(['get nightly-1-0']);
  });
});

describe('jobs are cancelled', () => {
  test.each([
    ['if they are there', 200, ['patch nightly-1-0']],
    ['also when one is gone', 404, ['patch nightly-1-0']],
    ['also when it is another one', 409, ['patch nightly-1-0']],
  ])('%s', async (_name, code, expected) => {
    const { jobs } = begin();
    present.set('nightly-1-0', sampleJob(run, frozen, 0));
    answer = () => (code === 200 ? undefined : new ApiError(code, 'Refused', 'no'));
    await jobs.cancel(run, ['nightly-1-0', 'nightly-1-1']);
    expect(calls).toEqual(expected);
  });

  test('what the API server says of trouble is not swallowed', async () => {
    const { jobs } = begin();
    present.set('nightly-1-0', sampleJob(run, frozen, 0));
    answer = () => new ApiError(500, 'InternalError', 'etcd');
    await expect(jobs.cancel(run, ['nightly-1-0'])).rejects.toThrow('etcd');
  });
});
