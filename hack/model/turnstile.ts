/** Lets one caller in at a time, in the order of their arrival. */
export class Turnstile {
  #last: Promise<void> = Promise.resolve();

  /** Waits for the turn; the returned function must be called to end it. Never rejects. */
  async enter(): Promise<() => void> {
    const previous = this.#last;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last = promise;
    await previous;
    return resolve;
  }
}
