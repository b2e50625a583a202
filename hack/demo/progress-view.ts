import type { RuneJob } from '../../crds/types.ts';
import { seconds } from '../cluster/progress.ts';
import { isFinished, standing } from './job-view.ts';

/** Shows where jobs stand: on a terminal in lines that change, elsewhere in one more line for each change. */
export class ProgressView {
  readonly #output: NodeJS.WriteStream;
  readonly #began = performance.now();
  readonly #standings = new Map<string, string>();
  #drawn = 0;

  constructor(output: NodeJS.WriteStream) {
    this.#output = output;
  }

  update(job: RuneJob): void {
    const name = job.metadata.name ?? '';
    const now = `${isFinished(job) ? '✓' : '·'} ${name.padEnd(26)} ${standing(job)}`;
    if (this.#standings.get(name) === now) return;
    this.#standings.set(name, now);
    if (this.#output.isTTY) this.#redraw();
    else this.#output.write(`  ${this.#elapsed()}  ${now}\n`);
  }

  /** Shows a line of other news, above the lines that change. */
  note(line: string): void {
    if (this.#output.isTTY) this.#redraw([line]);
    else this.#output.write(`${line}\n`);
  }

  #redraw(above: readonly string[] = []): void {
    const width = this.#output.columns;
    const lines = [...this.#standings.values()].map((line) => `  ${line}`.slice(0, width - 1));
    const up = this.#drawn > 0 ? `\x1b[${this.#drawn}A` : '';
    const all = [...lines, `  ${this.#elapsed().trim()}`];
    this.#output.write(`${up}${[...above, ...all].map((line) => `\x1b[2K${line}\n`).join('')}`);
    this.#drawn = all.length;
  }

  #elapsed(): string {
    return seconds(performance.now() - this.#began).padStart(7);
  }
}
