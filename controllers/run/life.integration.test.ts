import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { CASE, jobName } from '../../crds/cases.ts';
import { findCondition, isTrue } from '../../crds/conditions.ts';
import { countsByQuestion, total } from '../../crds/statistics/counts.ts';
import { passAll } from '../../crds/statistics/pass-at-k.ts';
import { passRate } from '../../crds/statistics/pass-rate.ts';
import { quantile } from '../../crds/statistics/quantile.ts';
import type { RuneBenchmarkManifest, RuneJob, RuneRun } from '../../crds/types.ts';
import { waitFor } from '../../hack/cluster/wait.ts';
import { type Ending, JobPlayer, knownEnding, type Played } from '../../hack/e2e/faults/job-player.ts';
import { type Kill, RunOperators } from '../../hack/e2e/faults/run-operators.ts';
import { RunServer } from '../../hack/e2e/faults/run-server.ts';
import { until } from '../../hack/e2e/faults/until.ts';
import {
  type ApiResource,
  CONTROLLER_REVISIONS,
  RUNE_BENCHMARKS,
  RUNE_JOBS,
  RUNE_RUNS,
  SECRETS,
} from '../kube/resource.ts';
import type { Informer } from '../kube/watch.ts';
import { agent, backend, PRICES } from './freeze/testing/objects.ts';

const QUESTIONS = 3;
const TRIALS = 2;
const TOTAL = 2 * 2 * QUESTIONS * TRIALS;
const RUN = 'once';
const catalogue = { agent: agent(), backend: backend({ prices: PRICES, maxConcurrentJobs: 100 }) };
const known = (at: Played) => knownEnding(at, QUESTIONS, TRIALS);

const firstTrials = (at: Played) => (at.trial === 0 ? known(at) : undefined);

let server: RunServer;
beforeAll(async () => {
  server = await RunServer.connect(inject('kubeconfig'));
});
afterAll(async () => server.close());

/** A run of 2 x 2 x 3 x 2 in a namespace of its own. */
class Life {
  readonly namespace: string;
  readonly operators: RunOperators;
  readonly player: JobPlayer;
  readonly #runs: Informer<RuneRun>;

  private constructor(namespace: string, operators: RunOperators, player: JobPlayer, runs: Informer<RuneRun>) {
    this.namespace = namespace;
    this.operators = operators;
    this.player = player;
    this.#runs = runs;
  }

  static async begin(choice: { endingOf?: (at: Played) => Ending | undefined; kill?: Kill; ttlSeconds?: number } = {}) {
    const { admin } = server;
    const namespace = await server.createNamespace();
    const spec = benchmarkSpec(choice.ttlSeconds ?? 86_400);
    await admin.client.create(RUNE_BENCHMARKS, { metadata: { name: 'matrix' }, spec } as never, namespace);
    const player = await JobPlayer.start(admin, namespace, choice.endingOf ?? known);
    const runs = await admin.informer({ resource: RUNE_RUNS, namespace });
    const operators = new RunOperators(server.operator, namespace, catalogue, choice.kill);
    return new Life(namespace, operators, player, runs);
  }

  async createRun(): Promise<void> {
    const object = { metadata: { name: RUN }, spec: { benchmarkRef: { name: 'matrix' }, seed: 7 } };
    await server.admin.client.create(RUNE_RUNS, object as never, this.namespace);
  }

  get run(): RuneRun | undefined {
    return this.#runs.get(this.namespace, RUN);
  }

  async until(awaited: string, is: (run: RuneRun) => boolean): Promise<RuneRun> {
    const look = () => (this.run !== undefined && is(this.run) ? this.run : undefined);
    try {
      return await until([this.#runs], awaited, look, 50);
    } catch (cause) {
      throw new Error(`${awaited}: it is ${JSON.stringify(this.run?.status)}`, { cause });
    }
  }

  /** Half of its jobs have ended, and others go on. */
  async untilHalf(): Promise<void> {
    await this.until('all first trials measured', ({ status }) => status?.jobs?.finished === TOTAL / 2);
  }

  async untilFinished(): Promise<RuneRun> {
    return await this.until('finished', ({ status }) => isTrue(status?.conditions, 'Finished'));
  }

  /** Resolves when there is no RuneJob any more. */
  async untilTidied(): Promise<void> {
    const look = () => this.player.jobs.all().length === 0 || undefined;
    await until([this.player.jobs], 'the jobs are gone', look, 50);
  }

  async patchRun(spec: Partial<RuneRun['spec']>): Promise<void> {
    await server.admin.client.patch(RUNE_RUNS, RUN, this.namespace, { spec }, {});
  }
}

function benchmarkSpec(ttlSecondsAfterFinished: number): RuneBenchmarkManifest['spec'] {
  const names = (prefix: string, count: number) => Array.from({ length: count }, (_, index) => `${prefix}${index}`);
  return {
    agents: names('agent-', 2).map((name) => ({ name, agentRef: { name: 'direct' } })),
    models: names('model-', 2).map((name) => ({ name, backendRef: { name: 'models' } })),
    questions: names('q', QUESTIONS).map((id) => ({ id, prompt: `${id}?`, expect: [{ exact: { value: 'yes' } }] })),
    trials: TRIALS,
    parallelism: 5,
    assumedUsage: { inputTokens: 1000, outputTokens: 100 },
    runOnChange: false,
    jobTemplate: { ttlSecondsAfterFinished, labels: { team: 'blue' } },
  } as RuneBenchmarkManifest['spec'];
}

async function living(life: Life, act: () => Promise<void>): Promise<void> {
  await life.createRun();
  await life.operators.start();
  try {
    await act();
  } finally {
    await life.operators.stop();
  }
}

/** The numbers of a cell, computed here from what its jobs are known to find. */
function expectedCell(cell: number) {
  const endings = Array.from({ length: QUESTIONS * TRIALS }, (_, place) =>
    known({ cell, question: Math.floor(place / TRIALS), trial: place % TRIALS }),
  );
  const cases = endings.map(({ outcome }) => CASE[outcome]).join('');
  const counts = countsByQuestion(cases, TRIALS);
  const { n, passed } = total(counts);
  const answered = endings.filter(({ outcome }) => outcome === 'Passed' || outcome === 'Failed');
  const latencies = answered.map(({ milliseconds }) => milliseconds).toSorted((a, b) => a - b);
  return {
    cases,
    measured: n,
    passed,
    unmeasured: cases.length - n,
    passPermille: Math.round((passRate(counts)?.rate ?? 0) * 1000),
    passAllPermille: Math.round((passAll(counts, TRIALS) ?? 0) * 1000),
    costMicroUSD: endings.reduce((sum, { costMicroUSD }) => sum + costMicroUSD, 0),
    latency: {
      p50Milliseconds: Math.round(quantile(latencies, 0.5) ?? 0),
      p95Milliseconds: Math.round(quantile(latencies, 0.95) ?? 0),
    },
    maxLoad: 1,
  };
}

function expectExact({ status }: RuneRun, { operators }: Life): void {
  expect(status?.cells).toMatchObject([0, 1, 2, 3].map(expectedCell));
  expect(status?.jobs).toEqual({ total: TOTAL, created: TOTAL, finished: TOTAL, deleted: 0 });
  const costs = [0, 1, 2, 3].map((cell) => expectedCell(cell).costMicroUSD);
  expect(status?.costMicroUSD).toBe(costs.reduce((sum, one) => sum + one, 0));
  expect(findCondition(status?.conditions, 'Finished')?.reason).toBe('PartlyMeasured');
  expect(findCondition(status?.conditions, 'Succeeded')?.status).toBe('True');
  expect(findCondition(status?.conditions, 'Reconciling')).toBeUndefined();
  const names = Array.from({ length: TOTAL }, (_, index) => jobName(RUN, index));
  expect(Object.fromEntries(operators.made)).toEqual(Object.fromEntries(names.map((name) => [name, 1])));
}

describe.concurrent('a run', () => {
  test('finds exactly what its jobs found, and owns them', async () => {
    const life = await Life.begin();
    await living(life, async () => {
      const run = await life.untilFinished();
      expectExact(run, life);
      const jobs = await server.admin.client.list(RUNE_JOBS, { namespace: life.namespace });
      expect(jobs).toHaveLength(TOTAL);
      for (const job of jobs) expectOwned(job, run);
      const frozen = [SECRETS, CONTROLLER_REVISIONS].map((resource: ApiResource) =>
        server.admin.client.list(resource, { namespace: life.namespace, labelSelector: `bench.rune.ai/run=${RUN}` }),
      );
      for (const object of (await Promise.all(frozen)).flat()) {
        expect(object.metadata.ownerReferences).toMatchObject([{ uid: run.metadata.uid, controller: true }]);
      }
      expect(life.operators.told.map(({ type, reason }) => `${type} ${reason}`)).toEqual([
        'Normal Started',
        'Normal PartlyMeasured',
      ]);
    });
  });

  test('that is cancelled ends its jobs, and counts what was measured', async () => {
    const life = await Life.begin({ endingOf: firstTrials });
    await living(life, async () => {
      await life.untilHalf();
      await life.patchRun({ cancel: true });
      const { status } = await life.untilFinished();
      expect(findCondition(status?.conditions, 'Finished')?.reason).toBe('Cancelled');
      expect(findCondition(status?.conditions, 'Stalled')?.status).toBe('True');
      expect(status?.jobs).toMatchObject({ created: TOTAL / 2 + 5, finished: TOTAL / 2 + 5 });
      expect(status?.outcomes).toMatchObject({ Cancelled: 5 });
      const cases = status?.cells?.map((cell) => cell.cases).join('') ?? '';
      expect([...cases].filter((one) => one === '.')).toHaveLength(TOTAL / 2 - 5);
    });
  });

  test('that the emergency stop catches makes no more jobs, although it is released', async () => {
    const life = await Life.begin({ endingOf: firstTrials });
    await living(life, async () => {
      await life.untilHalf();
      life.operators.setStop(true);
      await life.until(
        'stopping',
        ({ status }) => status?.summary?.state === 'Stopping' || status?.summary?.state === 'Stopped',
      );
      life.operators.setStop(false);
      const { status } = await life.untilFinished();
      expect(findCondition(status?.conditions, 'Finished')?.reason).toBe('Stopped');
      expect(status?.jobs).toMatchObject({ created: TOTAL / 2 + 5, finished: TOTAL / 2 + 5 });
    });
  });

  test('counts a job that was deleted as missing, and does not make it again', async () => {
    const life = await Life.begin({ endingOf: firstTrials });
    await living(life, async () => {
      await life.untilHalf();
      const jobs = life.player.jobs.all();
      const measured = jobs.find(({ status }) => status?.outcome === 'Passed');
      const open = jobs.find(({ status }) => status?.outcome === undefined);
      for (const job of [measured, open]) {
        await server.admin.client.remove(RUNE_JOBS, job?.metadata.name ?? '', life.namespace);
      }
      await life.until('counted as deleted', ({ status }) => status?.jobs?.deleted === 2);
      await life.patchRun({ cancel: true });
      const { status } = await life.untilFinished();
      const cases = status?.cells?.map((cell) => cell.cases).join('') ?? '';
      for (const job of [measured, open]) {
        const name = job?.metadata.name ?? '';
        expect(cases[Number(name.slice(RUN.length + 1))]).toBe('-');
        expect(life.operators.made.get(name)).toBe(1);
      }
    });
  });

  test('does not take what stands in the place of a case for its job', async () => {
    const life = await Life.begin();
    const job = { agent: { ref: { name: 'direct' } }, model: { name: 'model-0', backendRef: { name: 'models' } } };
    const spec = { ...job, question: { prompt: 'Something easier?' } };
    await server.admin.client.create(RUNE_JOBS, { metadata: { name: `${RUN}-3` }, spec } as never, life.namespace);
    await living(life, async () => {
      const { status } = await life.untilFinished();
      expect(status?.cells?.[0]?.cases[3]).toBe('-');
      expect(status?.jobs).toEqual({ total: TOTAL, created: TOTAL, finished: TOTAL, deleted: 1 });
      const taken = life.operators.told.filter(({ reason }) => reason === 'JobNameTaken');
      expect(taken.map(({ message }) => message)).toEqual([
        `RuneJob "${RUN}-3" is there already and is not what this run asks, so that its case cannot be measured: delete it before the next run of this name.`,
      ]);
    });
  });

  // The garbage collector looks for new kinds every 30 s.
  test.each(['benchmark', 'run'])(
    'whose %s is deleted in the middle leaves nothing',
    { timeout: 150_000 },
    async (what) => {
      const life = await Life.begin({ endingOf: firstTrials });
      await living(life, async () => {
        await life.until('jobs in progress', ({ status }) => (status?.jobs?.created ?? 0) > 0);
        const { client } = server.admin;
        const options = { propagationPolicy: 'Background' } as const;
        if (what === 'run') await client.remove(RUNE_RUNS, RUN, life.namespace, options);
        else await client.remove(RUNE_BENCHMARKS, 'matrix', life.namespace, options);
        await waitFor('nothing is left', async () => await leftIn(life.namespace), 90);
      });
    },
  );
});

/** What there is of runs, jobs and what they froze; undefined when nothing is. */
async function leftIn(namespace: string): Promise<string | undefined> {
  const kinds = [RUNE_RUNS, RUNE_JOBS, SECRETS, CONTROLLER_REVISIONS];
  const lists = kinds.map((resource: ApiResource) => server.admin.client.list(resource, { namespace }));
  const left = (await Promise.all(lists)).flat().map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  return left.length === 0 ? undefined : left.join(', ');
}

function expectOwned({ metadata, spec }: RuneJob, run: RuneRun): void {
  expect(metadata.ownerReferences).toMatchObject([{ kind: 'RuneRun', uid: run.metadata.uid, controller: true }]);
  expect(metadata.labels).toMatchObject({
    team: 'blue',
    'bench.rune.ai/benchmark': 'matrix',
    'bench.rune.ai/run': RUN,
    'bench.rune.ai/run-uid': run.metadata.uid,
  });
  expect(spec.seed).toBe(7 + spec.trial);
}

/** Each kind of write that a run makes after it was frozen; of those that it makes often, an early and a later one. */
const steps: readonly Omit<Kill, 'when'>[] = [
  { step: 'status Running', nth: 1 },
  { step: 'POST runejobs', nth: 1 },
  { step: 'POST runejobs', nth: 9 },
  { step: 'status goes on', nth: 1 },
  { step: 'status PartlyMeasured', nth: 1 },
  { step: 'DELETE all runejobs', nth: 1 },
];
const kills = steps.flatMap((step) => (['before', 'after'] as const).map((when): Kill => ({ ...step, when })));

describe.concurrent('the operator is killed', () => {
  test.each(kills)('$when write $nth "$step" of a run', async (kill) => {
    let endingOf: (at: Played) => Ending | undefined = firstTrials;
    const life = await Life.begin({ kill, ttlSeconds: 1, endingOf: (at) => endingOf(at) });
    await living(life, async () => {
      await life.untilHalf();
      endingOf = known;
      life.player.playAll();
      expectExact(await life.untilFinished(), life);
      await life.untilTidied();
      expect(life.operators.isKilled).toBe(true);
      // What was found stays when the jobs are gone.
      if (life.run !== undefined) expectExact(life.run, life);
    });
  });

  test.each(['before', 'after'] as const)('%s a cancellation of a job', async (when) => {
    const kill: Kill = { step: 'PATCH runejobs', nth: 2, when };
    const life = await Life.begin({ kill, endingOf: firstTrials });
    await living(life, async () => {
      await life.untilHalf();
      await life.patchRun({ cancel: true });
      const { status } = await life.untilFinished();
      expect(life.operators.isKilled).toBe(true);
      expect(status?.outcomes).toMatchObject({ Cancelled: 5 });
      expect(status?.jobs).toMatchObject({ created: TOTAL / 2 + 5, finished: TOTAL / 2 + 5, deleted: 0 });
    });
  });
});
