import { seconds } from '../cluster/progress.ts';

/** Lines on a terminal that change where they stand; elsewhere there are none, only what is written below each other. */
export class LiveLines {
  readonly isLive: boolean;
  readonly #output: NodeJS.WriteStream;
  readonly #began = performance.now();
  #lines: readonly string[] = [];
  #drawn = 0;

  constructor(output: NodeJS.WriteStream) {
    this.#output = output;
    this.isLive = output.isTTY;
  }

  /** Shows these lines in place of those before, and below them how long it has taken. */
  show(lines: readonly string[]): void {
    this.#lines = lines;
    this.#redraw([]);
  }

  /** Adds a line with the time, where lines cannot change. */
  append(line: string): void {
    this.#output.write(`  ${this.#elapsed()}  ${line}\n`);
  }

  /** Shows a line of other news, above the lines that change. */
  note(line: string): void {
    if (this.isLive) this.#redraw([line]);
    else this.#output.write(`${line}\n`);
  }

  #redraw(above: readonly string[]): void {
    const width = this.#output.columns;
    const lines = this.#lines.map((line) => cut(`  ${line}`, width - 1));
    const up = this.#drawn > 0 ? `\x1b[${this.#drawn}A` : '';
    const all = [...lines, `  ${this.#elapsed().trim()}`];
    this.#output.write(`${up}${[...above, ...all].map((line) => `\x1b[2K${line}\n`).join('')}`);
    this.#drawn = all.length;
  }

  #elapsed(): string {
    return seconds(performance.now() - this.#began).padStart(7);
  }
}

/** A line that broke would be one more than is gone up by. Colours take no width. */
function cut(line: string, width: number): string {
  let left = width;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control characters
  return line.replaceAll(/\x1b\[\d+m|./gu, (part) => (part.startsWith('\x1b') || left-- > 0 ? part : ''));
}
