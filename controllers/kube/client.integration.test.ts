import { randomUUID } from 'node:crypto';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { testParts } from '../testing/parts.ts';
import { loadKubeConfig } from './config.ts';
import { isAlreadyExists, isConflict } from './errors.ts';
import { EVENTS, LEASES, type Lease, SECRETS } from './resource.ts';

const NAMESPACE = 'default';

function connect() {
  const parts = testParts(loadKubeConfig(inject('kubeconfig'), undefined));
  onTestFinished(() => parts.transport.close());
  return parts;
}

const secret = (name: string, labels: Record<string, string> = {}) => ({
  metadata: { name, namespace: NAMESPACE, labels },
});

describe('the client, against a real API server', () => {
  it('creates once, reads, and finds nothing where there is nothing', async () => {
    const { client } = connect();
    const name = `created-${randomUUID()}`;
    const created = await client.create(SECRETS, secret(name));
    expect(await client.get(SECRETS, name, NAMESPACE)).toEqual(created);
    expect(isAlreadyExists(await client.create(SECRETS, secret(name)).catch((error: unknown) => error))).toBe(true);
    await client.remove(SECRETS, name, NAMESPACE);
    expect(await client.get(SECRETS, name, NAMESPACE)).toBeUndefined();
    await client.remove(SECRETS, name, NAMESPACE);
  });

  it.each(['resourceVersion', 'uid'] as const)('refuses a patch with another %s as a conflict', async (field) => {
    const { client } = connect();
    const name = `patched-${randomUUID()}`;
    const { metadata } = await client.create(SECRETS, secret(name));
    const right = { [field]: metadata[field] };
    const wrong = { [field]: field === 'uid' ? randomUUID() : '1' };
    const patch = { metadata: { labels: { a: 'b' } } };
    const error = await client.patch(SECRETS, name, NAMESPACE, patch, wrong).catch((thrown: unknown) => thrown);
    expect(isConflict(error)).toBe(true);
    expect((await client.patch(SECRETS, name, NAMESPACE, patch, right)).metadata.labels).toEqual({ a: 'b' });
    await client.remove(SECRETS, name, NAMESPACE);
  });

  it.each(['resourceVersion', 'uid'] as const)('refuses a removal with another %s as a conflict', async (field) => {
    const { client } = connect();
    const name = `removed-${randomUUID()}`;
    const { metadata } = await client.create(SECRETS, secret(name));
    const wrong = { [field]: field === 'uid' ? randomUUID() : '1' };
    expect(isConflict(await client.remove(SECRETS, name, NAMESPACE, wrong).catch((error: unknown) => error))).toBe(
      true,
    );
    await client.remove(SECRETS, name, NAMESPACE, { [field]: metadata[field] });
    expect(await client.get(SECRETS, name, NAMESPACE)).toBeUndefined();
  });

  it('removes all that a selector finds, page by page, and nothing else', async () => {
    const { client } = connect();
    const [run, other] = [randomUUID(), randomUUID()];
    const labelled = (count: number, label: string) =>
      Array.from({ length: count }, (_, index) => secret(`all-${label}-${index}`, { run: label }));
    for (const one of [...labelled(5, run), ...labelled(1, other)]) await client.create(SECRETS, one);
    const left = async (label: string) =>
      (await client.list(SECRETS, { namespace: NAMESPACE, labelSelector: `run=${label}` })).length;
    await client.removeAll(SECRETS, NAMESPACE, `run=${run}`, 2);
    expect([await left(run), await left(other)]).toEqual([0, 1]);
  });

  it('lists more than a page', async () => {
    const { client } = connect();
    const run = randomUUID();
    const labels = { run };
    const names = Array.from({ length: 620 }, (_, i) => `page-${run}-${String(i).padStart(4, '0')}`);
    for (let at = 0; at < names.length; at += 40)
      await Promise.all(names.slice(at, at + 40).map((name) => client.create(SECRETS, secret(name, labels))));
    const listed = await client.list(SECRETS, { namespace: NAMESPACE, labelSelector: `run=${run}` });
    expect(listed.map(({ metadata }) => metadata.name)).toEqual(names);
    expect(new Set(listed.map(({ kind, apiVersion }) => `${apiVersion} ${kind}`))).toEqual(new Set(['v1 Secret']));
  });

  it('reads the times of a Lease as they were written', async () => {
    const { client } = connect();
    const name = `lease-${randomUUID()}`;
    const spec: NonNullable<Lease['spec']> = { holderIdentity: 'a', renewTime: '2026-01-01T00:00:00.123000Z' };
    const created = await client.create(LEASES, { metadata: { name, namespace: NAMESPACE }, spec });
    expect(created.spec).toEqual(spec);
    await client.remove(LEASES, name, NAMESPACE);
  });

  it('selects Events by reason and kind on the server', async () => {
    const { client } = connect();
    const events = await client.list(EVENTS, { fieldSelector: 'reason=FailedMount,involvedObject.kind=Pod' });
    expect(events).toEqual([]);
  });
});
