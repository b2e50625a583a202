import type { RuneJob } from '../../crds/types.ts';
import { isFinished, standing } from './job-view.ts';
import { LiveLines } from './live-lines.ts';

/** Shows where jobs stand: on a terminal in lines that change, elsewhere in one more line for each change. */
export class ProgressView {
  readonly #lines: LiveLines;
  readonly #standings = new Map<string, string>();

  constructor(output: NodeJS.WriteStream) {
    this.#lines = new LiveLines(output);
  }

  update(job: RuneJob): void {
    const name = job.metadata.name ?? '';
    const now = `${isFinished(job) ? '✓' : '·'} ${name.padEnd(26)} ${standing(job)}`;
    if (this.#standings.get(name) === now) return;
    this.#standings.set(name, now);
    if (this.#lines.isLive) this.#lines.show([...this.#standings.values()]);
    else this.#lines.append(now);
  }

  note(line: string): void {
    this.#lines.note(line);
  }
}
