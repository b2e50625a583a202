import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { findCondition, isTrue } from '../../crds/conditions.ts';
import type { RuneRun } from '../../crds/types.ts';
import { RunServer } from '../../hack/e2e/faults/run-server.ts';
import { systemClock } from '../clock.ts';
import { ConnectionError } from '../kube/errors.ts';
import { joinKey } from '../kube/key.ts';
import { CONTROLLER_REVISIONS, RUNE_BENCHMARKS, RUNE_RUNS, SECRETS, type Secret } from '../kube/resource.ts';
import { Freezer } from './freeze/freezer.ts';
import { revisionName } from './freeze/frozen-objects.ts';
import { agent, backend, PRICES } from './freeze/testing/objects.ts';
import { RunReconciler } from './reconcile.ts';

type Fault = { write: number; when: 'before' | 'after' };

let server: RunServer;

beforeAll(async () => {
  server = await RunServer.connect(inject('kubeconfig'));
});
afterAll(async () => server.close());

test('a run by hand starts: it belongs to its benchmark, and says what it froze', async () => {
  const namespace = await server.createNamespace();
  await server.createRun(namespace);
  const run = await untilStarted(namespace);
  const benchmark = await server.admin.client.get(RUNE_BENCHMARKS, 'nightly', namespace);
  expect(run.metadata.ownerReferences).toMatchObject([
    { kind: 'RuneBenchmark', name: 'nightly', uid: benchmark?.metadata.uid, controller: true },
  ]);
  expect(run.metadata.labels).toMatchObject({ 'bench.rune.ai/benchmark': 'nightly' });
  expect(run.status).toMatchObject({
    pinned: { revision: revisionName(run), secrets: 2, trials: 1, benchmarkGeneration: 1 },
    estimate: { jobs: 3, expectedMicroUSD: 3 * 1200, basis: 'Assumed' },
    jobs: { total: 3, created: 0 },
    cells: [{ agent: 'plain', model: 'small', cases: '...' }],
    questions: [{ id: 'one' }, { id: 'two' }, { id: 'pod' }],
  });
  expect(findCondition(run.status?.conditions, 'Started')).toMatchObject({ status: 'True', reason: 'Frozen' });
});

// The adoption, two Secrets, the ControllerRevision, the status.
const faults = [0, 1, 2, 3, 4].flatMap((write) => (['before', 'after'] as const).map((when) => ({ write, when })));

describe.concurrent('a run starts, whenever the operator dies', () => {
  test.each<Fault>(faults)('$when write $write, while the suite is edited', async (fault) => {
    const namespace = await server.createNamespace();
    await server.createRun(namespace);
    const run = await untilStarted(namespace, fault);
    const isCommitted = fault.write > 3 || (fault.write === 3 && fault.when === 'after');
    expect(await promptsOf(run)).toEqual(Array.from({ length: 3 }, () => (isCommitted ? 'Why?' : 'Else?')));
    // Known also to a process that has not seen how it came about.
    expect(run.status?.estimate).toMatchObject({ expectedMicroUSD: 3 * 1200 });
    expect(run.metadata.ownerReferences).toHaveLength(1);
    const revisions = await server.admin.client.list(CONTROLLER_REVISIONS, { namespace });
    expect(revisions.map(({ metadata }) => metadata.name)).toEqual([revisionName(run)]);
  });
});

/** Lets operators work, one after the other where the first one dies; after that the suite is another one. */
async function untilStarted(namespace: string, fault?: Fault): Promise<RuneRun> {
  let operator = reconcilerOf(namespace, fault);
  for (let turns = 0; turns < 5; turns++) {
    const run = await readRun(namespace);
    if (isTrue(run.status?.conditions, 'Started')) return run;
    operator.sees(run);
    try {
      await operator.reconcile(joinKey(namespace, 'first'));
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error;
      await server.writeSuite(namespace, 'Else?');
      operator = reconcilerOf(namespace);
    }
  }
  throw new Error('the run does not start');
}

function reconcilerOf(namespace: string, fault?: Fault) {
  let seen: RuneRun | undefined;
  const client = dying(fault);
  const none = { get: () => undefined, by: () => [] };
  const reconciler = new RunReconciler({
    client,
    freezer: new Freezer({ client }),
    runs: { get: () => seen, by: () => (seen === undefined ? [] : [seen]) },
    jobs: none,
    archivePods: none,
    agents: { get: () => agent(), by: () => [] },
    backends: {
      get: () => ({ ...backend({ prices: PRICES }), metadata: { name: 'models', namespace } }),
      by: () => [],
    },
    settings: { runnerImage: 'rune', runnerImagePullPolicy: 'IfNotPresent' },
    events: { record: () => undefined },
    stop: () => undefined,
    logger: pino({ level: 'silent' }),
    clock: systemClock,
  });
  return {
    sees: (run: RuneRun) => {
      seen = run;
    },
    reconcile: (key: string) => reconciler.reconcile(key),
  };
}

/** The operator's client, which dies at one of its writes and does nothing any more. */
function dying(fault?: Fault) {
  const { operator } = server;
  let writes = 0;
  const write = async <T>(act: () => Promise<T>): Promise<T> => {
    const isHit = writes++ === fault?.write;
    if (isHit && fault.when === 'before') throw new ConnectionError('killed', true, {});
    const result = await act();
    if (isHit) throw new ConnectionError('killed', true, {});
    return result;
  };
  return {
    get: operator.get.bind(operator),
    create: ((...args: Parameters<typeof operator.create>) =>
      write(() => operator.create(...args))) as typeof operator.create,
    patch: ((...args: Parameters<typeof operator.patch>) =>
      write(() => operator.patch(...args))) as typeof operator.patch,
    patchStatus: ((...args: Parameters<typeof operator.patchStatus>) =>
      write(() => operator.patchStatus(...args))) as typeof operator.patchStatus,
    remove: operator.remove.bind(operator),
    removeAll: operator.removeAll.bind(operator),
  };
}

async function readRun(namespace: string): Promise<RuneRun> {
  const run = await server.admin.client.get(RUNE_RUNS, 'first', namespace);
  if (run === undefined) throw new Error('the run is gone');
  return run;
}

/** What the questions of a started run ask, from where its runners read them. */
async function promptsOf(run: RuneRun): Promise<string[]> {
  const { client } = server.admin;
  const { namespace = '' } = run.metadata;
  const revision = await client.get(CONTROLLER_REVISIONS, run.status?.pinned?.revision ?? '', namespace);
  const secrets = await client.list<Secret>(SECRETS, { namespace });
  return (revision?.data.questions ?? []).map(({ id, secret }) => {
    const held = secrets.find(({ metadata }) => metadata.name === revision?.data.secrets[secret]);
    return JSON.parse(Buffer.from(held?.data?.[`${id}.json`] ?? '', 'base64').toString()).prompt;
  });
}
