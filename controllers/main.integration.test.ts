import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { isTrue } from '../crds/conditions.ts';
import { type ControlPlane, startControlPlane } from '../hack/cluster/control-plane.ts';
import { type Admin, connectAdmin } from '../hack/e2e/faults/admin.ts';
import { startModelListServer } from '../hack/e2e/faults/model-list-server.ts';
import { installDefinitions } from '../hack/e2e/faults/operator-account.ts';
import { type ApiResource, EVENTS, LEASES, RUNE_AGENTS, RUNE_BACKENDS } from './kube/resource.ts';

const MAIN = join(import.meta.dirname, 'main.ts');
const WAIT = { timeout: 30_000, interval: 50 };
const NAMESPACES: ApiResource = {
  group: '',
  version: 'v1',
  plural: 'namespaces',
  kind: 'Namespace',
  namespaced: false,
};

/** Of its own: these operators would work on the objects of other tests. */
let plane: ControlPlane;
let admin: Admin;
beforeAll(async () => {
  plane = await startControlPlane();
  admin = connectAdmin(plane.kubeconfig);
  await installDefinitions(admin);
});
afterAll(async () => {
  await admin.stop();
  await plane.stop();
});

class Replica {
  readonly child: ChildProcess;
  readonly lines: { msg?: string }[] = [];
  readonly exit: Promise<unknown[]>;
  stderr = '';

  constructor(namespace: string, identity: string, flags: string[] = []) {
    const own = ['--runner-image=runner', '--metrics-address=127.0.0.1:0', `--kubeconfig=${plane.kubeconfig}`];
    const lease = ['--lease-duration-seconds=4', '--lease-renew-deadline-seconds=2', '--lease-retry-period-seconds=1'];
    const args = [MAIN, ...own, ...lease, `--namespace=${namespace}`, `--identity=${identity}`, ...flags];
    this.child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.exit = once(this.child, 'close');
    let rest = '';
    this.child.stdout?.on('data', (data) => {
      const parts = (rest + data).split('\n');
      rest = parts.pop() ?? '';
      this.lines.push(...parts.map((part) => JSON.parse(part)));
    });
    this.child.stderr?.on('data', (data) => {
      this.stderr += data;
    });
    onTestFinished(async () => {
      this.child.kill('SIGKILL');
      await this.exit;
    });
  }

  async says(msg: string): Promise<void> {
    await vi.waitFor(() => expect(this.lines.map((line) => line.msg)).toContain(msg), WAIT);
  }
}

async function namespace(): Promise<string> {
  const name = `operator-${randomUUID().slice(0, 8)}`;
  await admin.client.create(NAMESPACES, { metadata: { name } });
  return name;
}

const holder = async (where: string) => (await admin.client.get(LEASES, 'rune-operator', where))?.spec?.holderIdentity;

describe('the operator', () => {
  it('keeps the status of agents and backends, and tells their stories', async () => {
    const where = await namespace();
    const models = await startModelListServer(['small']);
    onTestFinished(() => models.stop());
    const name = `agent-${randomUUID()}`;
    const unavailable = { reason: 'No public interface.', since: '2026-01-02' };
    await admin.client.create(RUNE_AGENTS, {
      apiVersion: 'bench.rune.ai/v1alpha1',
      kind: 'RuneAgent',
      metadata: { name },
      spec: { displayName: 'A', domain: 'SRE', tier: 'Closed', needsKubernetes: false, unavailable },
    });
    const backend = (metadata: { name: string; namespace: string }, baseURL: string, model: string) =>
      admin.client.create(RUNE_BACKENDS, {
        apiVersion: 'bench.rune.ai/v1alpha1',
        kind: 'RuneBackend',
        metadata,
        spec: {
          openai: { baseURL },
          models: [{ name: model }],
          maxConcurrentJobs: 1,
          requestTimeoutSeconds: 9,
          probeIntervalSeconds: 60,
        },
      });
    await backend({ name: 'up', namespace: where }, models.baseURL, 'small');
    await backend({ name: 'down', namespace: where }, 'http://127.0.0.1:1/v1', 'small');
    const operator = new Replica(where, 'only');
    await operator.says('working');
    await vi.waitFor(async () => {
      const agent = await admin.client.get(RUNE_AGENTS, name);
      const up = await admin.client.get(RUNE_BACKENDS, 'up', where);
      const down = await admin.client.get(RUNE_BACKENDS, 'down', where);
      const ready = [agent, up, down].map((object) => isTrue(object?.status?.conditions, 'Ready'));
      expect(ready).toEqual([true, true, false]);
      expect(isTrue(agent?.status?.conditions, 'Callable')).toBe(false);
      expect(isTrue(up?.status?.conditions, 'ModelsPresent')).toBe(true);
      expect(up?.status?.models).toEqual(['small']);
      const events = await admin.client.list(EVENTS, { namespace: where });
      expect(events.map(({ involvedObject, reason }) => `${involvedObject.name} ${reason}`).sort()).toEqual([
        'down Unreachable',
        'up Reachable',
      ]);
    }, WAIT);
    await admin.client.remove(RUNE_AGENTS, name, undefined);
    await admin.client.patch(RUNE_BACKENDS, 'down', where, { spec: { openai: { baseURL: models.baseURL } } }, {});
    await vi.waitFor(async () => {
      const down = await admin.client.get(RUNE_BACKENDS, 'down', where);
      expect(isTrue(down?.status?.conditions, 'Ready')).toBe(true);
      expect(down?.status?.observedGeneration).toBe(2);
    }, WAIT);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('hands over at %s and exits with 0', async (signal) => {
    const where = await namespace();
    const first = new Replica(where, 'first');
    await first.says('working');
    const second = new Replica(where, 'second');
    await second.says('started');
    first.child.kill(signal);
    expect((await first.exit)[0]).toBe(0);
    expect(first.lines.at(-1)?.msg).toBe('stopped');
    await second.says('working');
    expect(await holder(where)).toBe('second');
    second.child.kill(signal);
    expect((await second.exit)[0]).toBe(0);
    expect(await holder(where)).toBe('');
  });

  it('exits with 0 when it is stopped while it waits for the Lease', async () => {
    const where = await namespace();
    const first = new Replica(where, 'first');
    await first.says('working');
    const second = new Replica(where, 'second');
    await second.says('started');
    second.child.kill('SIGTERM');
    expect((await second.exit)[0]).toBe(0);
    expect(await holder(where)).toBe('first');
  });

  it('that was stopped for long gives way when it wakes up, and exits with 1', async () => {
    const where = await namespace();
    const first = new Replica(where, 'first');
    await first.says('working');
    first.child.kill('SIGSTOP');
    const second = new Replica(where, 'second');
    await second.says('working');
    first.child.kill('SIGCONT');
    expect((await first.exit)[0]).toBe(1);
    expect(first.lines.some(({ msg }) => msg === 'lease lost')).toBe(true);
    expect(await holder(where)).toBe('second');
  });

  it('that is killed is followed by another', async () => {
    const where = await namespace();
    const first = new Replica(where, 'first');
    await first.says('working');
    first.child.kill('SIGKILL');
    await new Replica(where, 'second').says('working');
    expect(await holder(where)).toBe('second');
  });

  it.each([
    ['a flag that cannot be', ['--workers=none'], /^rune-operator: .*--workers.*\n$/],
    [
      'a kubeconfig that is not there',
      ['--kubeconfig=/no/such/file'],
      /^rune-operator: cannot read the kubeconfig .*\n$/,
    ],
    ['a context that is not there', ['--context=none'], /^rune-operator: .* has no context "none"; it has: .*\n$/],
  ])('refuses %s in one line and exits with 2', async (_, flags, message) => {
    const operator = new Replica('default', 'nobody', flags);
    expect((await operator.exit)[0]).toBe(2);
    expect(operator.stderr).toMatch(message);
  });
});
