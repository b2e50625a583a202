import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { createMetrics } from '../metrics.ts';
import { TestClock } from '../testing/parts.ts';
import { ApiError } from './errors.ts';
import { EventRecorder } from './events.ts';
import type { CoreEvent, KubeObject } from './resource.ts';

/** Keeps Events as the API server would. */
class EventServer {
  readonly events = new Map<string, CoreEvent>();
  writes = 0;
  fails = false;
  hold: Promise<void> = Promise.resolve();

  readonly client = {
    create: async (_: unknown, event: CoreEvent, namespace: string) => {
      await this.#arrive();
      const uid = `event-${this.writes}`;
      const stored = { ...event, metadata: { ...event.metadata, namespace, uid } };
      this.events.set(event.metadata.name ?? '', structuredClone(stored));
      return stored;
    },
    patch: async (_: unknown, name: string, __: string, patch: Partial<CoreEvent>, { uid }: { uid?: string }) => {
      await this.#arrive();
      const event = this.events.get(name);
      if (event?.metadata.uid !== uid) throw new ApiError(404, 'NotFound', 'no such event');
      Object.assign(event as CoreEvent, patch);
      return event;
    },
  } as unknown as ConstructorParameters<typeof EventRecorder>[0]['client'];

  async #arrive(): Promise<void> {
    this.writes++;
    await this.hold;
    if (this.fails) throw new ApiError(500, 'InternalError', 'no');
  }
}

function recorder() {
  const server = new EventServer();
  const clock = new TestClock();
  const metrics = createMetrics();
  const logger = pino({ level: 'silent' });
  const subject = new EventRecorder({
    client: server.client,
    component: 'rune-operator',
    identity: 'pod-1',
    logger,
    metrics,
    clock,
  });
  const results = async () =>
    Object.fromEntries((await metrics.events.get()).values.map(({ labels, value }) => [labels.result, value]));
  return { subject, server, clock, results, events: () => [...server.events.values()] };
}

const job = (name: string): KubeObject => ({
  apiVersion: 'bench.rune.ai/v1alpha1',
  kind: 'RuneJob',
  metadata: { name, namespace: 'n', uid: `uid-${name}`, resourceVersion: '7' },
});

describe('the event recorder', () => {
  it('writes what kubectl describe shows', async () => {
    const { subject, events } = recorder();
    subject.record(job('a'), 'Normal', 'Created', 'Created Pod a-1.');
    await subject.drain(1_000);
    expect(events()).toEqual([
      {
        metadata: { name: expect.stringMatching(/^a\.[0-9a-f]+$/), namespace: 'n', uid: 'event-1' },
        involvedObject: {
          apiVersion: 'bench.rune.ai/v1alpha1',
          kind: 'RuneJob',
          name: 'a',
          namespace: 'n',
          uid: 'uid-a',
          resourceVersion: '7',
        },
        type: 'Normal',
        reason: 'Created',
        message: 'Created Pod a-1.',
        count: 1,
        firstTimestamp: '2026-01-01T00:00:00Z',
        lastTimestamp: '2026-01-01T00:00:00Z',
        source: { component: 'rune-operator' },
        reportingComponent: 'rune-operator',
        reportingInstance: 'pod-1',
      },
    ]);
  });

  it('counts the same line about the same object, and keeps others apart', async () => {
    const { subject, clock, events } = recorder();
    for (let i = 0; i < 3; i++) {
      subject.record(job('a'), 'Warning', 'Retry', 'again');
      await subject.drain(1_000);
      clock.milliseconds += 60_000;
    }
    subject.record(job('b'), 'Warning', 'Retry', 'again');
    subject.record(job('a'), 'Warning', 'Retry', 'another reason');
    await subject.drain(1_000);
    expect(events().map(({ involvedObject, count, message }) => [involvedObject.name, count, message])).toEqual([
      ['a', 3, 'again'],
      ['b', 1, 'again'],
      ['a', 1, 'another reason'],
    ]);
    expect(events()[0]).toMatchObject({
      firstTimestamp: '2026-01-01T00:00:00Z',
      lastTimestamp: '2026-01-01T00:02:00Z',
    });
  });

  it('writes once what happens many times while a write is on its way', async () => {
    const { subject, server, events } = recorder();
    const held = Promise.withResolvers<void>();
    server.hold = held.promise;
    for (let i = 0; i < 20; i++) subject.record(job('a'), 'Normal', 'Created', 'same');
    held.resolve();
    await subject.drain(1_000);
    expect(server.writes).toBeLessThanOrEqual(2);
    expect(events()[0]?.count).toBe(20);
  });

  it('begins the story again when the Event is gone', async () => {
    const { subject, server, events } = recorder();
    subject.record(job('a'), 'Normal', 'Created', 'same');
    await subject.drain(1_000);
    server.events.clear();
    subject.record(job('a'), 'Normal', 'Created', 'same');
    await subject.drain(1_000);
    expect(events()).toHaveLength(1);
  });

  it('limits what is said about one object, not about others, and lets it speak again later', async () => {
    const { subject, clock, events, results } = recorder();
    for (let i = 0; i < 40; i++) subject.record(job('noisy'), 'Normal', 'Loop', `line ${i}`);
    subject.record(job('quiet'), 'Normal', 'Created', 'once');
    await subject.drain(1_000);
    expect(events()).toHaveLength(26);
    expect(await results()).toEqual({ written: 26, dropped: 15 });
    clock.milliseconds += 300_000;
    subject.record(job('noisy'), 'Normal', 'Loop', 'later');
    subject.record(job('noisy'), 'Normal', 'Loop', 'too soon');
    await subject.drain(1_000);
    expect(events().at(-1)?.message).toBe('later');
  });

  it('never throws, whatever the API server says', async () => {
    const { subject, server, results } = recorder();
    server.fails = true;
    expect(() => subject.record(job('a'), 'Normal', 'Created', 'x')).not.toThrow();
    await subject.drain(1_000);
    expect(await results()).toEqual({ failed: 1 });
  });

  it('tells of cluster-scoped objects where kubectl looks for them, under names that fit', async () => {
    const { subject, events } = recorder();
    subject.record(
      { kind: 'RuneAgent', metadata: { name: 'a'.repeat(253), uid: 'u' } },
      'Normal',
      'Callable',
      'm'.repeat(2_000),
    );
    await subject.drain(1_000);
    expect(events()[0]?.metadata.namespace).toBe('default');
    expect(events()[0]?.metadata.name?.length).toBeLessThanOrEqual(253);
    expect(events()[0]?.message).toHaveLength(1_024);
  });

  it('does not wait for ever at the end', async () => {
    const { subject, server } = recorder();
    server.hold = new Promise(() => undefined);
    subject.record(job('a'), 'Normal', 'Created', 'x');
    await subject.drain(10);
    expect(server.events.size).toBe(0);
  });
});
