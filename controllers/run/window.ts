import { caseAt } from '../../crds/cases.ts';
import type { FrozenRun } from '../../crds/frozen-run.ts';
import { shapeOf } from './job-of-case.ts';
import { orderOf } from './order.ts';

/** So many jobs of a run wait at each backend beyond those that it serves, so that none is idle while the next is made. */
const WAITING_AT_BACKEND = 2;

/** The cases of one backend that are still to be made, in their order, and how many of its jobs are in progress. */
type Line = { cases: number[] /** The first that may not have been made. */; head: number; open: number };

/**
 * Which cases are made next: in the run's order, as many as may be in progress at once. A case whose backend has enough
 * to do is passed over, so that a slow backend does not hold up another. Each answer costs as much as there are
 * backends, however many cases there are.
 */
export class Window {
  readonly #frozen: FrozenRun;
  readonly #isToBeMade: (index: number) => boolean;
  readonly #lines = new Map<string, Line>();
  readonly #place: Uint32Array;
  readonly #open = new Set<number>();

  constructor(frozen: FrozenRun, isToBeMade: (index: number) => boolean) {
    this.#frozen = frozen;
    this.#isToBeMade = isToBeMade;
    const order = orderOf(frozen, shapeOf(frozen));
    this.#place = new Uint32Array(order.length);
    for (const [place, index] of order.entries()) {
      this.#place[index] = place;
      this.#line(index).cases.push(index);
    }
  }

  /** The cases in progress, the oldest first. */
  get open(): number[] {
    return [...this.#open];
  }

  opened(index: number): void {
    if (this.#open.has(index)) return;
    this.#open.add(index);
    this.#line(index).open++;
  }

  closed(index: number): void {
    if (this.#open.delete(index)) this.#line(index).open--;
  }

  /** True while some case is still to be made. */
  get hasNext(): boolean {
    return [...this.#lines.values()].some((line) => this.#headOf(line) !== undefined);
  }

  /**
   * The cases to make now.
   * @param maxJobsOf how many jobs a backend serves at once
   * @param mayStart asked of each case in turn, in the order in which they are returned; the first no ends it
   */
  next(maxJobsOf: (backend: string) => number, mayStart: (index: number) => boolean): number[] {
    const chosen: number[] = [];
    const taken = new Map<string, number>();
    while (this.#open.size + chosen.length < this.#frozen.parallelism) {
      const next = this.#first(taken, maxJobsOf);
      if (next === undefined || !mayStart(next)) break;
      chosen.push(next);
      const backend = this.#backendOf(next);
      taken.set(backend, (taken.get(backend) ?? 0) + 1);
    }
    return chosen;
  }

  /** Of the heads of all lines with room, the one that comes first. */
  #first(taken: ReadonlyMap<string, number>, maxJobsOf: (backend: string) => number): number | undefined {
    let first: number | undefined;
    for (const [backend, line] of this.#lines) {
      const skip = taken.get(backend) ?? 0;
      if (line.open + skip >= maxJobsOf(backend) + WAITING_AT_BACKEND) continue;
      const candidate = this.#headOf(line, skip);
      if (candidate === undefined) continue;
      if (first === undefined || this.#placeOf(candidate) < this.#placeOf(first)) first = candidate;
    }
    return first;
  }

  /** The case that comes after `skip` others that are to be made; undefined at the line's end. */
  #headOf(line: Line, skip = 0): number | undefined {
    while (line.head < line.cases.length && !this.#isToBeMade(line.cases[line.head] ?? 0)) line.head++;
    let left = skip;
    for (let place = line.head; place < line.cases.length; place++) {
      const index = line.cases[place] ?? 0;
      if (this.#isToBeMade(index) && left-- === 0) return index;
    }
    return undefined;
  }

  #placeOf(index: number): number {
    return this.#place[index] ?? 0;
  }

  #line(index: number): Line {
    const backend = this.#backendOf(index);
    const line = this.#lines.get(backend) ?? { cases: [], head: 0, open: 0 };
    this.#lines.set(backend, line);
    return line;
  }

  #backendOf(index: number): string {
    const { cell } = caseAt(index, shapeOf(this.#frozen));
    return this.#frozen.cells[cell]?.model.backendRef.name ?? '';
  }
}
