import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Clock, systemClock } from '../clock.ts';
import { createMetrics } from '../metrics.ts';
import { ApiError, ConnectionError } from './errors.ts';
import { LeaderLease, LeaseLostError, type LeaseOptions } from './lease.ts';
import type { Lease } from './resource.ts';

beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] }));
afterEach(() => vi.useRealTimers());

/** The one Lease, kept with the optimistic locking of the API server. */
class LeaseServer {
  lease: Lease | undefined;
  isAway = false;
  /** Writes are applied, but their answers get lost. */
  losesAnswers = false;
  /** Milliseconds until an answer comes. */
  delay = 0;
  writes = 0;

  readonly client = {
    get: async () => {
      await this.#arrive();
      return structuredClone(this.lease);
    },
    create: async (_: unknown, lease: Lease) => {
      await this.#arrive();
      if (this.lease !== undefined) throw new ApiError(409, 'AlreadyExists', 'exists');
      return this.#write({ ...lease, metadata: { ...lease.metadata, resourceVersion: '0' } });
    },
    patch: async (
      _: unknown,
      __: string,
      ___: unknown,
      patch: { spec?: object },
      { resourceVersion }: { resourceVersion?: string },
    ) => {
      await this.#arrive();
      if (this.lease?.metadata.resourceVersion !== resourceVersion) throw new ApiError(409, 'Conflict', 'changed');
      return this.#write({
        ...this.lease,
        metadata: { ...this.lease?.metadata },
        spec: { ...this.lease?.spec, ...patch.spec },
      });
    },
  } as unknown as LeaseOptions['client'];

  async #arrive(): Promise<void> {
    if (this.isAway) throw new ConnectionError('refused', false, {});
  }

  async #write(lease: Lease): Promise<Lease> {
    this.writes++;
    lease.metadata.resourceVersion = String(Number(lease.metadata.resourceVersion) + 1);
    this.lease = structuredClone(lease);
    if (this.delay > 0) await new Promise((resolve) => setTimeout(resolve, this.delay));
    if (this.losesAnswers) throw new ConnectionError('reset', true, {});
    return structuredClone(lease);
  }
}

function candidate(server: LeaseServer, identity: string) {
  /** Seconds that the process was stopped for: time passes and no timer fires. */
  let stopped = 0;
  const clock: Clock = { now: systemClock.now, monotonic: () => systemClock.monotonic() + stopped * 1000 };
  const lost: string[] = [];
  const metrics = createMetrics();
  const lease = new LeaderLease({
    client: server.client,
    namespace: 'rune-system',
    name: 'rune-operator',
    identity,
    durationSeconds: 15,
    renewDeadlineSeconds: 10,
    retryPeriodSeconds: 2,
    onLost: (reason) => lost.push(reason),
    logger: pino({ level: 'silent' }),
    metrics,
    clock,
  });
  const stop = new AbortController();
  let acquired = false;
  const acquire = () => {
    lease.acquire(stop.signal).then(
      () => {
        acquired = true;
      },
      () => undefined,
    );
    return vi.advanceTimersByTimeAsync(0);
  };
  const stopFor = (count: number) => {
    stopped += count;
  };
  return { lease, stopFor, lost, metrics, stop, acquire, hasAcquired: () => acquired };
}

const seconds = (count: number) => vi.advanceTimersByTimeAsync(count * 1000);

describe('the lease', () => {
  it('is made by the first who wants it, in the form that the API server reads', async () => {
    const server = new LeaseServer();
    const { acquire, hasAcquired, lease } = candidate(server, 'a');
    expect(() => lease.assertHeld()).toThrow(LeaseLostError);
    await acquire();
    expect(hasAcquired()).toBe(true);
    expect(() => lease.assertHeld()).not.toThrow();
    expect(server.lease?.spec).toEqual({
      holderIdentity: 'a',
      leaseDurationSeconds: 15,
      leaseTransitions: 0,
      acquireTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
      renewTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
    });
  });

  it('stays with a holder that renews it, for as long as that lives', async () => {
    const server = new LeaseServer();
    const first = candidate(server, 'a');
    const second = candidate(server, 'b');
    await first.acquire();
    await second.acquire();
    await seconds(120);
    expect(first.lease.isHeld).toBe(true);
    expect(second.hasAcquired()).toBe(false);
    expect((await first.metrics.isLeader.get()).values[0]?.value).toBe(1);
  });

  it('passes on when its holder is gone for its whole duration, not sooner', async () => {
    const server = new LeaseServer();
    server.lease = {
      metadata: { resourceVersion: '7' },
      spec: { holderIdentity: 'dead', leaseDurationSeconds: 15, leaseTransitions: 4 },
    };
    const second = candidate(server, 'b');
    await second.acquire();
    await seconds(14);
    expect(second.hasAcquired()).toBe(false);
    await seconds(4);
    expect(second.hasAcquired()).toBe(true);
    expect(server.lease?.spec).toMatchObject({ holderIdentity: 'b', leaseTransitions: 5 });
  });

  it('is not judged by the wall clocks of others', async () => {
    const server = new LeaseServer();
    const renewTime = '2001-01-01T00:00:00.000000Z';
    server.lease = {
      metadata: { resourceVersion: '7' },
      spec: { holderIdentity: 'slow clock', leaseDurationSeconds: 15, renewTime },
    };
    const second = candidate(server, 'b');
    await second.acquire();
    expect(second.hasAcquired()).toBe(false);
  });

  it('is taken back at once by the same identity after a restart', async () => {
    const server = new LeaseServer();
    server.lease = { metadata: { resourceVersion: '7' }, spec: { holderIdentity: 'a', leaseDurationSeconds: 15 } };
    const { acquire, hasAcquired } = candidate(server, 'a');
    await acquire();
    expect(hasAcquired()).toBe(true);
    expect(server.lease?.spec?.leaseTransitions).toBe(0);
  });

  it('is released, so that the next need not wait', async () => {
    const server = new LeaseServer();
    const first = candidate(server, 'a');
    const second = candidate(server, 'b');
    await first.acquire();
    await second.acquire();
    await first.lease.release();
    expect(() => first.lease.assertHeld()).toThrow(LeaseLostError);
    await seconds(2.5);
    expect(second.hasAcquired()).toBe(true);
    expect(first.lost).toEqual([]);
  });

  it('is given up at the renew deadline when the API server is away, before another may take it', async () => {
    const server = new LeaseServer();
    const { acquire, lease, lost } = candidate(server, 'a');
    await acquire();
    server.isAway = true;
    await seconds(9.9);
    expect(lease.isHeld).toBe(true);
    await seconds(0.2);
    expect(lost).toEqual(['not renewed for 10 s or more']);
    expect(() => lease.assertHeld()).toThrow(LeaseLostError);
    await seconds(60);
    expect(lost).toHaveLength(1);
  });

  it('is kept over a short absence of the API server', async () => {
    const server = new LeaseServer();
    const { acquire, lease, lost } = candidate(server, 'a');
    await acquire();
    server.isAway = true;
    await seconds(7);
    server.isAway = false;
    await seconds(60);
    expect(lost).toEqual([]);
    expect(lease.isHeld).toBe(true);
  });

  it('is kept when the answer of a renewal got lost', async () => {
    const server = new LeaseServer();
    const { acquire, lease, lost } = candidate(server, 'a');
    await acquire();
    server.losesAnswers = true;
    await seconds(2.1);
    server.losesAnswers = false;
    await seconds(60);
    expect(lost).toEqual([]);
    expect(lease.isHeld).toBe(true);
  });

  it('is lost at once when someone else holds it', async () => {
    const server = new LeaseServer();
    const { acquire, lost } = candidate(server, 'a');
    await acquire();
    server.lease = { metadata: { resourceVersion: '99' }, spec: { holderIdentity: 'b' } };
    await seconds(2.1);
    expect(lost).toEqual(['held by b']);
  });

  it('counts from when a renewal was sent, not from when its answer came', async () => {
    const server = new LeaseServer();
    const { acquire, lease } = candidate(server, 'a');
    server.delay = 6_000;
    await acquire();
    await seconds(6);
    server.isAway = true;
    await seconds(3.9);
    expect(lease.isHeld).toBe(true);
    await seconds(0.2);
    expect(lease.isHeld).toBe(false);
  });

  it('is not believed by a process that was stopped, from its very first instruction on', async () => {
    const server = new LeaseServer();
    const { acquire, lease, lost, stopFor } = candidate(server, 'a');
    await acquire();
    const { writes } = server;
    stopFor(30);
    expect(() => lease.assertHeld()).toThrow(LeaseLostError);
    await seconds(3);
    expect(lost).toHaveLength(1);
    expect(server.writes).toBe(writes);
  });

  it('waits no longer when it is told to stop', async () => {
    const server = new LeaseServer();
    server.lease = { metadata: { resourceVersion: '7' }, spec: { holderIdentity: 'b', leaseDurationSeconds: 15 } };
    const { lease, stop } = candidate(server, 'a');
    const waiting = lease.acquire(stop.signal);
    stop.abort(new Error('stopped'));
    await expect(waiting).rejects.toThrow();
  });
});
