import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { Metrics } from '../metrics.ts';
import type { KubeClient } from './client.ts';
import { isNotFound } from './errors.ts';
import { type CoreEvent, EVENTS, type KubeObject, type ObjectReference } from './resource.ts';
import { TokenBuckets } from './token-bucket.ts';

export type EventType = 'Normal' | 'Warning';

type RecorderOptions = {
  client: Pick<KubeClient, 'create' | 'patch'>;
  component: string;
  identity: string;
  logger: Logger;
  metrics: Metrics;
  clock: Clock;
};

/** One line of a story, and how often it happened. */
type Line = {
  event: CoreEvent;
  count: number;
  /** Of the Event that was created; undefined before. */
  uid: string | undefined;
};

/** As client-go: 25 events about an object at once, then one each five minutes. */
const BURST = 25;
const REFILL_MILLISECONDS = 300_000;
const MAX_LINES = 4096;
/** More than this waiting means that the API server is in trouble; Events are not worth the memory then. */
const MAX_WAITING = 1000;
const WRITERS = 4;
const MAX_MESSAGE = 1024;

/**
 * Writes core/v1 Events, the form that `kubectl describe` and `kubectl get events` show best: the same line again raises
 * `count` and `lastTimestamp`. Returns at once, never throws, and is bounded in memory and in writes.
 */
export class EventRecorder {
  readonly #options: RecorderOptions;
  readonly #buckets: TokenBuckets;
  /** Oldest use first. */
  readonly #lines = new Map<string, Line>();
  readonly #waiting = new Set<Line>();
  readonly #inWork = new Set<Line>();
  readonly #writers = new Set<Promise<void>>();

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#buckets = new TokenBuckets(BURST, REFILL_MILLISECONDS, MAX_LINES, options.clock);
  }

  /** `regarding` must have apiVersion, kind, name and uid. `reason` is one word in CamelCase, `message` a sentence. */
  record(regarding: KubeObject, type: EventType, reason: string, message: string): void {
    try {
      this.#record(regarding, type, reason, message.slice(0, MAX_MESSAGE));
    } catch (error) {
      this.#options.logger.error({ err: error, reason }, 'event not recorded');
    }
  }

  /** Waits for what is on its way, at most `boundMilliseconds`. */
  async drain(boundMilliseconds: number): Promise<void> {
    const bound = new AbortController();
    const late = sleep(boundMilliseconds, undefined, { signal: bound.signal }).catch(() => undefined);
    await Promise.race([late, Promise.all(this.#writers)]);
    bound.abort();
  }

  #record(regarding: KubeObject, type: EventType, reason: string, message: string): void {
    const uid = regarding.metadata.uid ?? '';
    if (!this.#buckets.take(uid) || this.#waiting.size >= MAX_WAITING) {
      this.#options.metrics.events.inc({ result: 'dropped' });
      return;
    }
    const key = JSON.stringify([uid, type, reason, message]);
    const line = this.#lines.get(key) ?? this.#newLine(regarding, type, reason, message);
    line.count++;
    line.event.lastTimestamp = this.#now();
    this.#remember(key, line);
    this.#waiting.add(line);
    if (this.#writers.size < WRITERS) this.#startWriter();
  }

  #remember(key: string, line: Line): void {
    this.#lines.delete(key);
    this.#lines.set(key, line);
    const [oldest] = this.#lines.keys();
    if (this.#lines.size > MAX_LINES && oldest !== undefined) this.#lines.delete(oldest);
  }

  #startWriter(): void {
    const writer: Promise<void> = this.#write().finally(() => this.#writers.delete(writer));
    this.#writers.add(writer);
  }

  async #write(): Promise<void> {
    for (let line = this.#next(); line !== undefined; line = this.#next()) {
      const count = line.count;
      try {
        this.#inWork.add(line);
        await this.#writeLine(line, count);
        this.#options.metrics.events.inc({ result: 'written' });
      } catch (error) {
        this.#options.metrics.events.inc({ result: 'failed' });
        this.#options.logger.warn({ err: error, reason: line.event.reason }, 'event not written');
      } finally {
        this.#inWork.delete(line);
      }
    }
  }

  /** A line is never written by two at once: the second would not know the name that the first gave it. */
  #next(): Line | undefined {
    for (const line of this.#waiting) {
      if (this.#inWork.has(line)) continue;
      this.#waiting.delete(line);
      return line;
    }
    return undefined;
  }

  async #writeLine(line: Line, count: number): Promise<void> {
    const { client } = this.#options;
    const { name, namespace } = line.event.metadata;
    if (line.uid !== undefined && name !== undefined) {
      try {
        const { lastTimestamp } = line.event;
        await client.patch(EVENTS, name, namespace, { count, lastTimestamp }, { uid: line.uid });
        return;
      } catch (error) {
        // Events live for an hour; the story then begins again.
        if (!isNotFound(error)) throw error;
        line.event.firstTimestamp = line.event.lastTimestamp ?? this.#now();
      }
    }
    line.event.metadata = { name: this.#name(line.event.involvedObject), ...(namespace && { namespace }) };
    const created = await client.create(EVENTS, { ...line.event, count }, namespace);
    line.uid = created.metadata.uid;
  }

  #newLine(regarding: KubeObject, type: EventType, reason: string, message: string): Line {
    const involvedObject = referenceTo(regarding);
    const { component, identity } = this.#options;
    const event: CoreEvent = {
      // Events about cluster-scoped objects live in the namespace default; that is where kubectl looks.
      metadata: { namespace: involvedObject.namespace ?? 'default' },
      involvedObject,
      type,
      reason,
      message,
      firstTimestamp: this.#now(),
      source: { component },
      reportingComponent: component,
      reportingInstance: identity,
    };
    return { event, count: 0, uid: undefined };
  }

  #name(about: ObjectReference): string {
    const moment = BigInt(this.#options.clock.now().getTime()) * 1_000_000n + BigInt(Math.floor(Math.random() * 1e6));
    return `${about.name?.slice(0, 230)}.${moment.toString(16)}`;
  }

  #now(): string {
    return this.#options.clock
      .now()
      .toISOString()
      .replace(/\.\d+Z$/, 'Z');
  }
}

function referenceTo({ apiVersion, kind, metadata }: KubeObject): ObjectReference {
  const { namespace, name, uid, resourceVersion } = metadata;
  return JSON.parse(JSON.stringify({ apiVersion, kind, namespace, name, uid, resourceVersion }));
}
