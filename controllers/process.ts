import type { Controller } from './controller.ts';
import type { EventRecorder } from './kube/events.ts';
import { joinKey } from './kube/key.ts';
import type { LeaderLease } from './kube/lease.ts';
import { type OperatorParts, RuneOperator } from './kube/operator.ts';
import type { ApiResource } from './kube/resource.ts';

type ProcessParts = OperatorParts & {
  lease: LeaderLease;
  events: EventRecorder;
  /** Called once the Lease is held: makes the informers and the controllers, and starts none of them. */
  compose: (operator: OperatorProcess) => Promise<Controller[]>;
};

const DRAIN_CONTROLLERS_MILLISECONDS = 5_000;
const DRAIN_EVENTS_MILLISECONDS = 1_500;

/** The life of an operator: waits for the Lease, fills the caches, then lets the controllers work. */
export class OperatorProcess extends RuneOperator {
  readonly #parts: ProcessParts;
  readonly #stop = new AbortController();
  #controllers: Controller[] = [];
  #stage: 'standby' | 'syncing' | 'working' = 'standby';

  constructor(parts: ProcessParts) {
    super(parts);
    this.#parts = parts;
  }

  /** What is wrong; undefined when all is well. A standby is ready to take over. */
  get notReady(): string | undefined {
    if (this.#stage === 'standby') return undefined;
    if (this.#stage === 'syncing') return 'the caches are not filled yet';
    return this.isHealthy ? undefined : 'a watch has not been connected for two minutes';
  }

  /** Enqueues the key of each object of the kind that is seen to change. */
  async enqueueChanges({ group, version, plural }: ApiResource, controller: Controller): Promise<void> {
    await this.watchResource(group, version, plural, async ({ meta }) => {
      controller.enqueue(joinKey(meta.namespace, meta.name));
    });
  }

  /** Resolves when the controllers work, or when it was stopped before. Caches are filled only now, so they are fresh. */
  protected override async init(): Promise<void> {
    try {
      await this.#parts.lease.acquire(this.#stop.signal);
      this.#stage = 'syncing';
      this.#controllers = await this.#parts.compose(this);
      await this.startInformers();
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      throw error;
    }
    this.#stage = 'working';
    for (const controller of this.#controllers) controller.start();
    this.#parts.logger.info({ controllers: this.#controllers.map(({ name }) => name) }, 'working');
  }

  /** Takes no new work, waits for what runs, then closes the watches. The Lease stays with the caller. */
  override async stop(): Promise<void> {
    this.#stop.abort(new Error('stopped'));
    await Promise.all(this.#controllers.map((controller) => controller.stop(DRAIN_CONTROLLERS_MILLISECONDS)));
    await this.#parts.events.drain(DRAIN_EVENTS_MILLISECONDS);
    await super.stop();
  }
}
