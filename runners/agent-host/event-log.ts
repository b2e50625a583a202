import type { DriverEvent } from '../protocol/event.ts';
import { PROTOCOL } from '../protocol/limits.ts';

/**
 * The events of a question, numbered from 1, as lines that are kept to be sent again. What a driver may write bounds
 * them all together.
 */
export class EventLog {
  #lines: Buffer[] = [];
  #dropped = 0;
  #isEnded = false;
  #changed = Promise.withResolvers<void>();

  add(event: DriverEvent): void {
    if (this.#lines.length < PROTOCOL.maxEvents) this.#append(event);
    else this.#dropped += 1;
  }

  end(): void {
    if (this.#isEnded) return;
    this.#append({ event: 'end', ...(this.#dropped > 0 && { dropped: this.#dropped }) });
    this.#isEnded = true;
  }

  /** The lines after number `seq`, as they come; the last one tells of the end. */
  async *after(seq: number): AsyncGenerator<Buffer> {
    for (let next = seq; ; next++) {
      while (next >= this.#lines.length && !this.#isEnded) await this.#changed.promise;
      // A client that asks beyond the end has seen it.
      const line = this.#lines[next] ?? this.#lines.at(-1);
      if (line) yield line;
      if (this.#isEnded && next >= this.#lines.length - 1) return;
    }
  }

  #append(event: object): void {
    this.#lines.push(Buffer.from(`${JSON.stringify({ seq: this.#lines.length + 1, ...event })}\n`));
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}
