import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type ControlPlane, startControlPlane } from '../../hack/cluster/control-plane.ts';
import { systemClock } from '../clock.ts';
import { testParts } from '../testing/parts.ts';
import { KubeClient } from './client.ts';
import { loadKubeConfig } from './config.ts';
import { ConnectionError } from './errors.ts';
import { SECRETS, type Secret } from './resource.ts';
import { Transport } from './transport.ts';
import { Informer } from './watch.ts';

const NAMESPACE = 'default';
let plane: ControlPlane;

beforeAll(async () => {
  plane = await startControlPlane();
});
afterAll(() => plane.stop());

/** The informer's way to the API server, which can be cut. */
class CutTransport extends Transport {
  readonly from: unknown[] = [];
  #body: Readable | undefined;
  #isCut = false;

  cut(): void {
    this.#isCut = true;
    this.#body?.destroy(new Error('cut'));
  }

  mend(): void {
    this.#isCut = false;
  }

  override async stream(...call: Parameters<Transport['stream']>): Promise<Readable> {
    if (this.#isCut) throw new ConnectionError('cut', false, {});
    this.from.push(call[1]?.['resourceVersion']);
    this.#body = await super.stream(...call);
    return this.#body;
  }
}

async function informer() {
  const kubeConfig = loadKubeConfig(plane.kubeconfig, undefined);
  const parts = testParts(kubeConfig);
  const transport = new CutTransport({ kubeConfig, metrics: parts.metrics, clock: systemClock });
  const run = randomUUID();
  const subject = new Informer<Secret>({
    ...parts,
    client: new KubeClient({ transport, beforeWrite: () => undefined }),
    resource: SECRETS,
    namespace: NAMESPACE,
    labelSelector: `run=${run}`,
    timing: { backoffMilliseconds: 1, maxBackoffMilliseconds: 50 },
  });
  const changes: string[] = [];
  subject.onChange(({ type, object }) => changes.push(`${type} ${object.metadata.labels?.['short']}`));
  onTestFinished(async () => {
    await subject.stop();
    await transport.close();
    await parts.transport.close();
  });
  const create = (short: string) =>
    parts.client.create(SECRETS, {
      metadata: { name: `${short}-${run}`, namespace: NAMESPACE, labels: { run, short } },
    });
  const remove = (short: string) => parts.client.remove(SECRETS, `${short}-${run}`, NAMESPACE);
  const lists = async () => (await parts.metrics.informer.relists.get()).values[0]?.value;
  return { subject, transport, changes, create, remove, lists };
}

const WAIT = { timeout: 20_000 };

describe('the informer, against a real API server', () => {
  it('sees what is there and what changes, and loses nothing over a cut connection', async () => {
    const { subject, transport, changes, create, remove, lists } = await informer();
    await create('before');
    subject.start();
    await subject.synced();
    await create('during');
    await vi.waitFor(() => expect(changes).toEqual(['added before', 'added during']), WAIT);
    transport.cut();
    await create('after');
    await remove('before');
    transport.mend();
    await vi.waitFor(() => expect(changes.slice(2)).toEqual(['added after', 'deleted before']), WAIT);
    expect(await lists()).toBe(1);
  });

  it('goes on where it was when the API server is restarted', async () => {
    const { subject, transport, changes, create, lists } = await informer();
    await create('before');
    subject.start();
    await vi.waitFor(() => expect(transport.from).toHaveLength(1), WAIT);
    await plane.restartApiServer();
    await create('after');
    await vi.waitFor(() => expect(changes).toEqual(['added before', 'added after']), WAIT);
    expect(await lists()).toBe(1);
  });

  it('lists anew when etcd was compacted, and tells of what was deleted meanwhile', async () => {
    const { subject, transport, changes, create, remove, lists } = await informer();
    await create('gone');
    await create('kept');
    subject.start();
    await vi.waitFor(() => expect(transport.from).toHaveLength(1), WAIT);
    transport.cut();
    await remove('gone');
    await plane.compactEtcd();
    await plane.restartApiServer();
    transport.mend();
    await vi.waitFor(() => expect(changes).toEqual(['added gone', 'added kept', 'deleted gone']), WAIT);
    await create('new');
    await vi.waitFor(() => expect(changes.at(-1)).toBe('added new'), WAIT);
    expect(await lists()).toBe(2);
  });
});
