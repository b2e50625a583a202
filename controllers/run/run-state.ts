import type { FrozenRun } from '../../crds/frozen-run.ts';
import type { RuneJob, RuneRun } from '../../crds/types.ts';
import type { CellStatus } from './cell-status.ts';
import type { Refusal } from './plan.ts';
import { Progress } from './progress.ts';
import { cellsOf } from './status.ts';

const FIRST_RETRY_MILLISECONDS = 1_000;
const LONGEST_RETRY_MILLISECONDS = 300_000;

/** What the operator keeps in memory of a run that goes on. All of it follows from the cluster. */
export class RunState {
  readonly frozen: FrozenRun;
  readonly progress: Progress;
  /** Why the API server last refused a job; undefined after one that it took. */
  refusal: Refusal | undefined;
  /** When the status was last written, in milliseconds since the epoch. */
  writtenAt = 0;
  #cells: CellStatus[] = [];
  #refusals = 0;

  constructor(run: RuneRun, frozen: FrozenRun, jobs: readonly RuneJob[]) {
    this.frozen = frozen;
    this.progress = new Progress(run, frozen, jobs);
  }

  /** What the cells found; only those that changed are summed up anew. */
  cells(): CellStatus[] {
    this.#cells = cellsOf(this.frozen, this.progress, this.#cells);
    return this.#cells;
  }

  made(index: number, now: number): void {
    this.progress.made(index, now);
    this.refusal = undefined;
    this.#refusals = 0;
  }

  refused(why: string, now: number): void {
    const pause = Math.min(LONGEST_RETRY_MILLISECONDS, FIRST_RETRY_MILLISECONDS * 2 ** this.#refusals++);
    const message = `The API server refused a RuneJob: ${why.replace(/[.\s]*$/, '.')}`;
    this.refusal = { message, since: this.refusal?.since ?? now, retryTime: now + pause };
  }
}
