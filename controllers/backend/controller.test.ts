import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { RuneBackend } from '../../crds/types.ts';
import { type Clock, systemClock } from '../clock.ts';
import { ApiError } from '../kube/errors.ts';
import type { KubeObject } from '../kube/resource.ts';
import { createMetrics } from '../metrics.ts';
import { eventually } from '../testing/eventually.ts';
import { backendController } from './controller.ts';

/** A controller of one backend in a cache and an API server that the test plays. */
async function controller() {
  let probes = 0;
  const server = createServer((_, response) => {
    probes++;
    response.end(JSON.stringify({ data: [{ id: 'm' }] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cache = new Map<string, RuneBackend>();
  const story: string[] = [];
  let conflicts = 0;
  let passed = 0;
  const clock: Clock = { now: systemClock.now, monotonic: () => systemClock.monotonic() + passed };
  const subject = backendController({
    client: {
      patchStatus: async <T extends KubeObject>(
        _: unknown,
        name: string,
        __: unknown,
        status: object,
        version: string,
      ) => {
        if (conflicts-- > 0) throw new ApiError(409, 'Conflict', 'changed');
        story.push(`write at ${version}`);
        const object = cache.get(name) as RuneBackend;
        const written = { ...object, status, metadata: { ...object.metadata, resourceVersion: `${version}'` } };
        cache.set(name, written as RuneBackend);
        return written as unknown as T;
      },
    },
    backends: { get: (_, name) => cache.get(name) },
    events: { record: (_, __, reason) => void story.push(`event ${reason}`) },
    logger: pino({ level: 'silent' }),
    metrics: createMetrics(),
    clock,
  });
  onTestFinished(async () => {
    await subject.stop(0);
    server.close();
  });
  const put = (generation: number, more: Partial<RuneBackend['metadata']> = {}) =>
    cache.set('b', {
      apiVersion: 'bench.rune.ai/v1alpha1',
      kind: 'RuneBackend',
      metadata: { name: 'b', namespace: 'n', uid: 'u', generation, resourceVersion: String(generation), ...more },
      spec: {
        openai: { baseURL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1` },
        maxConcurrentJobs: 1,
        requestTimeoutSeconds: 9,
        probeIntervalSeconds: 60,
      },
    });
  return {
    subject,
    put,
    pass: (milliseconds: number) => {
      passed += milliseconds;
    },
    story,
    probes: () => probes,
    failNextWrite: () => {
      conflicts = 1;
    },
  };
}

describe('the backend controller', () => {
  it('probes a new backend at once, writes once and then tells; other changes do not make it probe again', async () => {
    const { subject, put, story, probes } = await controller();
    put(1);
    subject.enqueue('n/b');
    subject.start();
    await eventually(() => expect(story).toEqual(['write at 1', 'event Reachable']));
    for (let i = 0; i < 5; i++) subject.enqueue('n/b');
    subject.enqueue('n/none');
    await subject.stop(1_000);
    expect(probes()).toBe(1);
  });

  it('probes again when the spec changed, and when its time has come, and writes only news', async () => {
    const { subject, put, story, probes, pass } = await controller();
    put(1);
    subject.start();
    subject.enqueue('n/b');
    await eventually(() => expect(story).toHaveLength(2));
    pass(60_000);
    subject.enqueue('n/b');
    await eventually(() => expect(probes()).toBe(2));
    put(2);
    subject.enqueue('n/b');
    await eventually(() => expect(story.slice(2)).toEqual(['write at 2', 'event Reachable']));
    expect(probes()).toBe(3);
  });

  it('says after a conflict what it could not write before', async () => {
    const { subject, put, story, failNextWrite } = await controller();
    put(1);
    failNextWrite();
    subject.start();
    subject.enqueue('n/b');
    await eventually(() => expect(story).toEqual(['write at 1', 'event Reachable']));
  });

  it('leaves alone what is being deleted', async () => {
    const { subject, put, story, probes } = await controller();
    put(1, { deletionTimestamp: '2026-01-01T00:00:00Z' });
    subject.start();
    subject.enqueue('n/b');
    await subject.stop(1_000);
    expect(probes()).toBe(0);
    expect(story).toEqual([]);
  });
});
