import type { OperatorProcess } from './operator-process.ts';

type Start = (held: Promise<void> | undefined) => Promise<OperatorProcess>;

type Standby = { readonly operator: OperatorProcess; readonly letGo: () => void };

/** So many are started ahead: while one takes over, the next is half started already. */
const STANDBYS = 2;

/**
 * An operator that is started again whenever it ends, as a kubelet does it. The next processes are started ahead and
 * held back until their turn, so that nobody waits for a start-up at each kill.
 */
export class Succession {
  readonly #start: Start;
  readonly #standbys: Promise<Standby>[] = [];
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
    for (;;) {
      while (this.#standbys.length < STANDBYS) this.#standbys.push(this.#standby());
      await this.#current.ended();
      if (this.#isOver) break;
      const next = await this.#standbys.shift();
      if (next === undefined) break;
      const ended = this.#current;
      this.#current = next.operator;
      next.letGo();
      await ended.stop();
    }
    await Promise.all(this.#standbys.map(async (standby) => (await standby).operator.stop()));
  }

  async #standby(): Promise<Standby> {
    const turn = Promise.withResolvers<void>();
    return { operator: await this.#start(turn.promise), letGo: turn.resolve };
  }
}
