import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { Metrics } from '../metrics.ts';
import type { KubeClient } from './client.ts';
import { isAlreadyExists, isConflict, isNotFound } from './errors.ts';
import { isExpired, type LeaseSpec, microTime, type Observation, observe } from './lease-record.ts';
import { pause } from './pause.ts';
import { LEASES, type Lease } from './resource.ts';

export type LeaseOptions = {
  /** Of its own, with a short time-out and a `beforeWrite` that does nothing: it writes before the lease is held. */
  client: Pick<KubeClient, 'get' | 'create' | 'patch'>;
  namespace: string;
  name: string;
  /** Who we are; no other process may have the same. */
  identity: string;
  durationSeconds: number;
  /** After so long without a successful renewal the lease is given up. */
  renewDeadlineSeconds: number;
  retryPeriodSeconds: number;
  /** Called once when a held lease is lost. */
  onLost: (reason: string) => void;
  logger: Logger;
  metrics: Metrics;
  clock: Clock;
};

export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';
}

/**
 * At most one process holds the Lease (coordination.k8s.io/v1), by the rules of client-go's leaderelection: who wants it
 * waits until the holder has not renewed for the whole duration, measured by its own clock. Only the monotonic clock
 * decides, so that neither a jump of the wall clock nor a stopped process makes two leaders.
 */
export class LeaderLease {
  readonly #options: LeaseOptions;
  /** Monotonic time just before the last successful renewal was sent; undefined while not held. */
  #renewedAt: number | undefined;
  #held: Lease | undefined;
  #renewal: NodeJS.Timeout | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #renewing: Promise<void> = Promise.resolve();

  constructor(options: LeaseOptions) {
    this.#options = options;
    options.metrics.isLeader.set(0);
  }

  /** False as soon as another process may have taken it. */
  get isHeld(): boolean {
    const { durationSeconds, retryPeriodSeconds, clock } = this.#options;
    if (this.#renewedAt === undefined) return false;
    // The margin is for what was asserted in time and takes a moment to arrive.
    return clock.monotonic() < this.#renewedAt + (durationSeconds - retryPeriodSeconds) * 1000;
  }

  /** To be called right before each write. Throws LeaseLostError when the lease is not surely held. */
  assertHeld(): void {
    if (!this.isHeld)
      throw new LeaseLostError(`the Lease ${this.#options.name} is not held: another process may write`);
  }

  /** Waits until it is ours; then it is renewed until `release` or until it is lost. Rejects when `signal` aborts. */
  async acquire(signal: AbortSignal): Promise<void> {
    const { logger, retryPeriodSeconds, clock, metrics } = this.#options;
    let observed: Observation | undefined;
    for (;;) {
      signal.throwIfAborted();
      try {
        const sentAt = clock.monotonic();
        const lease = await this.#read();
        observed = observe(observed, lease, clock.monotonic());
        if (isExpired(observed, this.#options.identity, clock.monotonic())) {
          this.#held = await this.#take(lease);
          this.#renewed(sentAt);
          break;
        }
      } catch (error) {
        if (!isConflict(error) && !isAlreadyExists(error)) logger.warn({ err: error }, 'cannot acquire the lease yet');
      }
      await pause(retryPeriodSeconds * 1000 * (1 + Math.random() / 5), signal);
    }
    metrics.isLeader.set(1);
    logger.info({ lease: this.#options.name, identity: this.#options.identity }, 'lease acquired');
    this.#renewLater();
  }

  /** Gives it up, so that another process need not wait. Nothing may be written afterwards. */
  async release(): Promise<void> {
    clearTimeout(this.#renewal);
    await this.#renewing;
    clearTimeout(this.#renewal);
    if (!this.isHeld || this.#held === undefined) return;
    const held = this.#held;
    this.#forget();
    const now = microTime(this.#options.clock.now());
    try {
      await this.#patch(held, { holderIdentity: '', leaseDurationSeconds: 1, renewTime: now, acquireTime: now });
      this.#options.logger.info('lease released');
    } catch (error) {
      this.#options.logger.warn({ err: error }, 'lease not released: the next process waits until it expires');
    }
  }

  #renewLater(): void {
    this.#renewal = setTimeout(() => {
      this.#renewing = this.#renew();
    }, this.#options.retryPeriodSeconds * 1000);
  }

  async #renew(): Promise<void> {
    const { clock, renewDeadlineSeconds, logger } = this.#options;
    const sentAt = clock.monotonic();
    if (this.#renewedAt === undefined || this.#held === undefined) return;
    // A process that was stopped wakes up here, or in assertHeld: it must not renew what another may have taken.
    if (sentAt - this.#renewedAt > renewDeadlineSeconds * 1000) return this.#loseByDeadline();
    try {
      const held = await this.#patch(this.#held, { renewTime: microTime(clock.now()) });
      if (this.#renewedAt === undefined) return;
      this.#held = held;
      this.#renewed(sentAt);
    } catch (error) {
      logger.warn({ err: error }, 'lease not renewed');
      if (isConflict(error)) await this.#readAgain();
      // Who deletes the Lease lets another process take a new one at once.
      else if (isNotFound(error)) this.#lose('deleted');
    }
    if (this.#renewedAt !== undefined) this.#renewLater();
  }

  /** A conflict may be our own renewal whose answer got lost, or an edit by a person; or someone else holds it. */
  async #readAgain(): Promise<void> {
    try {
      const lease = await this.#read();
      if (this.#renewedAt === undefined) return;
      if (lease?.spec?.holderIdentity === this.#options.identity) this.#held = lease;
      else this.#lose(`held by ${lease?.spec?.holderIdentity || 'nobody'}`);
    } catch (error) {
      this.#options.logger.warn({ err: error }, 'lease not read');
    }
  }

  #renewed(sentAt: number): void {
    const { renewDeadlineSeconds, clock } = this.#options;
    this.#renewedAt = sentAt;
    clearTimeout(this.#deadline);
    const left = sentAt + renewDeadlineSeconds * 1000 - clock.monotonic();
    this.#deadline = setTimeout(() => this.#loseByDeadline(), left);
  }

  #loseByDeadline(): void {
    if (this.#renewedAt !== undefined) this.#lose(`not renewed for ${this.#options.renewDeadlineSeconds} s or more`);
  }

  #lose(reason: string): void {
    this.#forget();
    this.#options.logger.error({ reason }, 'lease lost');
    this.#options.onLost(reason);
  }

  #forget(): void {
    clearTimeout(this.#renewal);
    clearTimeout(this.#deadline);
    this.#renewedAt = undefined;
    this.#held = undefined;
    this.#options.metrics.isLeader.set(0);
  }

  #read(): Promise<Lease | undefined> {
    return this.#options.client.get(LEASES, this.#options.name, this.#options.namespace);
  }

  #take(lease: Lease | undefined): Promise<Lease> {
    const { identity, durationSeconds, namespace, name, client, clock } = this.#options;
    const now = microTime(clock.now());
    const before = lease?.spec;
    const isChange = before?.holderIdentity !== identity;
    const spec: LeaseSpec = {
      holderIdentity: identity,
      leaseDurationSeconds: durationSeconds,
      renewTime: now,
      acquireTime: isChange ? now : (before?.acquireTime ?? now),
      leaseTransitions: (before?.leaseTransitions ?? 0) + (isChange && lease !== undefined ? 1 : 0),
    };
    if (lease === undefined) return client.create(LEASES, { metadata: { name, namespace }, spec }, namespace);
    return this.#patch(lease, spec);
  }

  #patch(lease: Lease, spec: LeaseSpec): Promise<Lease> {
    const { client, name, namespace } = this.#options;
    const { resourceVersion } = lease.metadata;
    return client.patch(LEASES, name, namespace, { spec }, resourceVersion === undefined ? {} : { resourceVersion });
  }
}
