import type { OperatorProcess } from './operator-process.ts';

type Start = (held: Promise<void> | undefined) => Promise<OperatorProcess>;

/**
 * An operator that is started again whenever it ends, as a kubelet does it. The next process is always started ahead
 * and held back until its turn, so that its start-up is not waited for at each kill.
 */
export class Succession {
  readonly #start: Start;
  #current: OperatorProcess;
  #isOver = false;
  readonly #running: Promise<void>;

  private constructor(start: Start, first: OperatorProcess) {
    this.#start = start;
    this.#current = first;
    this.#running = this.#succeed();
  }

  static async begin(start: Start): Promise<Succession> {
    return new Succession(start, await start(undefined));
  }

  get current(): OperatorProcess {
    return this.#current;
  }

  /** Ends the operator that works; no other one follows. */
  async end(): Promise<void> {
    this.#isOver = true;
    await this.#current.stop();
    await this.#running;
  }

  async #succeed(): Promise<void> {
    while (!this.#isOver) {
      const turn = Promise.withResolvers<void>();
      const next = await this.#start(turn.promise);
      await this.#current.ended();
      if (this.#isOver) {
        turn.resolve();
        await next.stop();
        return;
      }
      const ended = this.#current;
      this.#current = next;
      turn.resolve();
      await ended.stop();
    }
  }
}
