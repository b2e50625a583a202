import { setPriority } from 'node:os';
import { PROTOCOL } from '../protocol/limits.ts';
import { type DriverInfo, readInfo } from '../protocol/outcome.ts';
import type { HostConfig } from './config.ts';
import { type Driver, startDriver } from './driver.ts';

/** Asks a driver once what it is, beside all else; what it says is known later, or never. */
export class BackgroundInfo {
  readonly #config: HostConfig;
  #driver: Driver | undefined;
  #known: DriverInfo | undefined;
  #isClosed = false;
  #asked: Promise<void> = Promise.resolve();

  constructor(config: HostConfig) {
    this.#config = config;
  }

  /** Empty before it is known. */
  get known(): DriverInfo {
    return this.#known ?? {};
  }

  /** Asks, unless it is known. Asked again after each question, since the end of a question may have ended it. */
  ask(): void {
    this.#asked = this.#asked.then(async () => this.#ask());
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#driver?.end('cancelled');
    await this.#asked;
  }

  async #ask(): Promise<void> {
    if (this.#known || this.#isClosed) return;
    // Processes of a question may run beside it, so even the first process may not kill all others when it ends.
    const config = { ...this.#config, isInit: false };
    const hooks = { event: () => undefined, result: readInfo };
    this.#driver = startDriver(config, { id: 'info', action: 'info', params: {} }, PROTOCOL.infoSeconds, hooks);
    beNice(this.#driver.pid);
    const outcome = await this.#driver.outcome;
    if (outcome.status === 'ok') this.#known = outcome.result;
    await this.#driver.gone;
  }
}

/** A question that is worked on at the same time is measured, and goes first. */
function beNice(pid: number | undefined): void {
  try {
    if (pid !== undefined) setPriority(pid, 19);
  } catch {
    // It has ended already.
  }
}
