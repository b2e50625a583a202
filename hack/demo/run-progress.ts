import type { RuneRun } from '../../crds/types.ts';
import { LiveLines } from './live-lines.ts';
import { isFinishedRun, runLine, runLines } from './run-view.ts';

const everyMilliseconds = 5_000;

/** Shows how far a run is: on a terminal in lines that change, elsewhere in one more line every five seconds. */
export class RunProgress {
  readonly #lines: LiveLines;
  #appendedAt = Number.NEGATIVE_INFINITY;

  constructor(output: NodeJS.WriteStream) {
    this.#lines = new LiveLines(output);
  }

  update(run: RuneRun): void {
    if (this.#lines.isLive) this.#lines.show(runLines(run));
    else if (isFinishedRun(run) || performance.now() >= this.#appendedAt + everyMilliseconds) this.#append(run);
  }

  #append(run: RuneRun): void {
    this.#appendedAt = performance.now();
    this.#lines.append(runLine(run));
  }
}
