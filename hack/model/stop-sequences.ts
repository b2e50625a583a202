/** Finds stop sequences in text that arrives in pieces, and holds back what may be the beginning of one. */
export class StopSequences {
  readonly #stops: readonly string[];
  #held = '';

  constructor(stops: readonly string[]) {
    this.#stops = stops;
  }

  /** Returns the text that may be sent now, and whether a stop sequence ended the answer (it is not part of it). */
  push(piece: string): { text: string; stopped: boolean } {
    const text = this.#held + piece;
    const at = Math.min(...this.#stops.map((stop) => text.indexOf(stop)).filter((index) => index >= 0));
    if (Number.isFinite(at)) {
      this.#held = '';
      return { text: text.slice(0, at), stopped: true };
    }
    const held = Math.max(0, ...this.#stops.map((stop) => overlap(text, stop)));
    this.#held = text.slice(text.length - held);
    return { text: text.slice(0, text.length - held), stopped: false };
  }

  /** What was held back, once no more text comes. */
  flush(): string {
    const text = this.#held;
    this.#held = '';
    return text;
  }
}

/** How many characters at the end of `text` are the beginning of `stop`. */
function overlap(text: string, stop: string): number {
  for (let length = Math.min(stop.length - 1, text.length); length > 0; length--) {
    if (text.endsWith(stop.slice(0, length))) return length;
  }
  return 0;
}
