/** Calls back once when nothing has happened for a time, pauses aside. */
export class IdleTimer {
  readonly #timer: NodeJS.Timeout;
  #paused = false;
  #stopped = false;

  constructor(milliseconds: number, onIdle: () => void) {
    this.#timer = setTimeout(() => {
      if (!this.#paused) onIdle();
    }, milliseconds);
  }

  /** Something happened: the time counts anew, and a pause ends. */
  touch(): void {
    this.#paused = false;
    // To refresh a cleared timer would start it again.
    if (!this.#stopped) this.#timer.refresh();
  }

  /** Until the next {@link touch}, time does not count. */
  pause(): void {
    this.#paused = true;
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }
}
