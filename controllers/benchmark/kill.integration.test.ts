import { randomUUID } from 'node:crypto';
import { KubeConfig } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { CONDITION } from '../../crds/names.ts';
import type { RuneRun } from '../../crds/types.ts';
import { type Admin, connectAdmin } from '../../hack/e2e/faults/admin.ts';
import { installDefinitions, installOperatorAccount, operatorAccount } from '../../hack/e2e/faults/operator-account.ts';
import { type ApiResource, RUNE_BENCHMARKS, RUNE_RUNS } from '../kube/resource.ts';
import { testParts } from '../testing/parts.ts';
import { runName } from './new-run.ts';
import { timestamp } from './stories.ts';
import { type Death, MortalOperator } from './testing/mortal-operator.ts';
import { sampleBenchmark } from './testing/sample.ts';

const HOUR = 3_600_000;
const WAIT = { timeout: 45_000, interval: 50 };
const NAMESPACES: ApiResource = {
  group: '',
  version: 'v1',
  plural: 'namespaces',
  kind: 'Namespace',
  namespaced: false,
};
/** Fewer than a life without faults makes, so that each of these deaths comes. */
const WRITES = 11;

const { spec } = sampleBenchmark({
  schedule: '0 * * * *',
  runOnChange: true,
  concurrencyPolicy: 'Replace',
  questions: [{ id: 'a', prompt: 'What?', critical: false, passMarkPermille: 1000 }],
  successfulRunsHistoryLimit: 0,
  failedRunsHistoryLimit: 0,
});

let admin: Admin;
let operatorConfig: KubeConfig;

beforeAll(async () => {
  admin = connectAdmin(inject('kubeconfig'));
  await installDefinitions(admin);
  await installOperatorAccount(admin);
  const { server, ca, token } = await operatorAccount(admin);
  operatorConfig = new KubeConfig();
  operatorConfig.loadFromOptions({
    clusters: [{ name: 'api', server, caData: Buffer.from(ca).toString('base64') }],
    users: [{ name: 'operator', token }],
    contexts: [{ name: 'operator', cluster: 'api', user: 'operator' }],
    currentContext: 'operator',
  });
});
afterAll(() => admin.stop());

describe('a benchmark that runs on change and hourly, replaces, and keeps nothing', () => {
  test('makes each run once, cancels the one that is replaced, and deletes those that finished', async () => {
    expect(await live(undefined)).toBe(false);
  });

  const deaths = Array.from({ length: WRITES }, (_, index) => index + 1).flatMap((write): Death[] => [
    { write, when: 'before' },
    { write, when: 'after' },
  ]);
  test.concurrent.each(deaths)('the same when the operator dies $when write $write', async (death) => {
    expect(await live(death)).toBe(true);
  });
});

/** Lives through it; returns whether the operator died. */
async function live(death: Death | undefined): Promise<boolean> {
  const namespace = `benchmark-${randomUUID().slice(0, 8)}`;
  await admin.client.create(NAMESPACES, { metadata: { name: namespace } });
  const made: string[] = [];
  const runs = await admin.informer({ resource: RUNE_RUNS, namespace });
  runs.onChange(({ type, object }) => type === 'added' && made.push(object.metadata.name ?? ''));
  const benchmark = await admin.client.create(RUNE_BENCHMARKS, {
    ...sampleBenchmark(),
    metadata: { name: 'b', namespace },
    spec,
  });
  await using operators = new Succession(namespace, Date.parse(benchmark.metadata.creationTimestamp ?? ''));
  await operators.begin(death);

  const until = (check: () => Promise<void> | void) =>
    vi.waitFor(async () => {
      await operators.look();
      await check();
    }, WAIT);
  const status = async () => (await admin.client.get(RUNE_BENCHMARKS, 'b', namespace))?.status;
  const isThere = (name: string) => expect(runs.get(namespace, name)).toBeDefined();
  const isGone = (name: string) => expect(runs.get(namespace, name)).toBeUndefined();
  const due = (Math.floor(operators.now / HOUR) + 1) * HOUR;
  const change = runName(benchmark, { trigger: 'Change', change: { generation: 1, sha256: '' } });
  const first = runName(benchmark, { trigger: 'Schedule', time: due });
  const second = runName(benchmark, { trigger: 'Schedule', time: due + HOUR });

  await until(() => isThere(change));
  await until(async () => expect(await status()).toMatchObject({ lastRunGeneration: 1, active: [change] }));
  await finish(namespace, change, 'Complete');
  await until(() => isGone(change));

  operators.now = due;
  await until(() => isThere(first));
  await until(async () => expect(await status()).toMatchObject({ active: [first] }));

  operators.now = due + HOUR;
  await until(() => expect(runs.get(namespace, first)?.spec.cancel).toBe(true));
  isGone(second);
  await finish(namespace, first, 'Cancelled');
  await until(() => isThere(second));
  await until(() => isGone(first));
  const end = {
    lastScheduleTime: timestamp(due + HOUR),
    active: [second],
    lastRun: { name: first, outcome: 'Cancelled' },
    lastSuccessfulTime: expect.any(String),
  };
  await until(async () => expect(await status()).toMatchObject(end));
  expect(made).toEqual([change, first, second]);
  return operators.haveDied;
}

/** One operator after the other, by a clock that stands still until it is set. */
class Succession implements AsyncDisposable {
  /** Milliseconds since the epoch. */
  now: number;
  haveDied = false;
  readonly #namespace: string;
  #operator: MortalOperator | undefined;

  constructor(namespace: string, now: number) {
    this.#namespace = namespace;
    this.now = now;
  }

  async begin(death?: Death): Promise<void> {
    const clock = { now: () => new Date(this.now), monotonic: () => performance.now() };
    this.#operator = new MortalOperator(testParts(operatorConfig, { clock }), this.#namespace, death);
    await this.#operator.start();
  }

  /** Has the benchmark looked at, by the next one where one has died. */
  async look(): Promise<void> {
    if (this.#operator?.isDead) {
      this.haveDied = true;
      await this.#operator.stop();
      await this.begin();
    }
    this.#operator?.wake(`${this.#namespace}/b`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#operator?.stop();
  }
}

/** What the controller of runs says at the end. */
async function finish(namespace: string, name: string, reason: string): Promise<void> {
  const time = new Date().toISOString();
  const condition = { reason, message: 'It has ended.', lastTransitionTime: time };
  const conditions: NonNullable<NonNullable<RuneRun['status']>['conditions']> = [
    { type: CONDITION.finished, status: 'True', ...condition },
    { type: CONDITION.succeeded, status: reason === 'Complete' ? 'True' : 'False', ...condition },
  ];
  await vi.waitFor(async () => {
    const run = await admin.client.get(RUNE_RUNS, name, namespace);
    const { resourceVersion = '' } = run?.metadata ?? {};
    await admin.client.patchStatus(RUNE_RUNS, name, namespace, { completionTime: time, conditions }, resourceVersion);
  }, WAIT);
}
