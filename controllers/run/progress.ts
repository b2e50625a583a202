import { CASE, CASE_DELETED, CASE_NOT_MADE, CASE_OPEN, caseAt, type Shape } from '../../crds/cases.ts';
import type { FrozenRun } from '../../crds/frozen-run.ts';
import type { RuneJob, RuneRun } from '../../crds/types.ts';
import { chargeOfDeleted, spentByJob } from './budget.ts';
import { caseOfJob, shapeOf } from './job-of-case.ts';
import { type JobRecord, recordOf } from './job-record.ts';
import { Window } from './window.ts';

type RunStatus = NonNullable<RuneRun['status']>;

/**
 * How far a run is: one character for each case, and what its jobs told. It starts from the run's status and the cached
 * RuneJobs, and then follows the changes of the cache, so that a reconcile need not look at all jobs.
 *
 * A case whose job was ever seen is never made again: the status keeps its character, and one whose job is gone becomes
 * {@link CASE_DELETED} for good.
 */
export class Progress {
  readonly shape: Shape;
  readonly window: Window;
  readonly #run: RuneRun;
  readonly #frozen: FrozenRun;
  readonly #cases: string[];
  readonly #records = new Map<number, JobRecord>();
  /** Cases whose job was made and has not been seen in the cache yet, with the time of that. */
  readonly #unseen = new Map<number, number>();
  /** Cells that changed since they were last summed up. */
  readonly #changed = new Set<number>();
  /** How many cases have each character. */
  readonly #counts = new Map<string, number>();
  #created = 0;
  #finished = 0;
  #deleted = 0;
  #spent = 0;
  #deletedCost: number;

  constructor(run: RuneRun, frozen: FrozenRun, jobs: readonly RuneJob[]) {
    this.#run = run;
    this.#frozen = frozen;
    this.shape = shapeOf(frozen);
    this.#deletedCost = run.status?.deletedMicroUSD ?? 0;
    this.#cases = [...recordedCases(run.status, this.shape)];
    const found = new Map(jobs.map((job) => [caseOfJob(job, run, frozen), job]));
    for (const [index, recorded] of this.#cases.entries()) {
      const job = found.get(index);
      if (recorded === CASE_DELETED) this.#countDeleted();
      else if (job !== undefined) this.#see(index, recordOf(job), CASE_NOT_MADE);
      else if (recorded !== CASE_NOT_MADE) this.#lose(index, undefined, CASE_NOT_MADE);
    }
    this.window = new Window(frozen, (index) => this.#cases[index] === CASE_NOT_MADE);
    for (let cell = 0; cell < this.shape.cells; cell++) this.#changed.add(cell);
    for (const [index, record] of this.#records) if (record.case === CASE_OPEN) this.window.opened(index);
  }

  /** Takes in a change of a RuneJob that the run owns. */
  observe(type: 'added' | 'modified' | 'deleted', job: RuneJob): void {
    const index = caseOfJob(job, this.#run, this.#frozen);
    if (index === undefined || this.#cases[index] === CASE_DELETED) return;
    const before = this.#cases[index] ?? CASE_NOT_MADE;
    this.#unseen.delete(index);
    if (type === 'deleted') this.#lose(index, this.#records.get(index) ?? recordOf(job), before);
    else this.#see(index, recordOf(job), before);
    this.#tellWindow(index, before);
  }

  /** The case's job was made, or was there already. @param now milliseconds since the epoch */
  made(index: number, now: number): void {
    if (this.#cases[index] !== CASE_NOT_MADE) return;
    this.#cases[index] = CASE_OPEN;
    this.#count(CASE_OPEN, 1);
    this.#changed.add(caseAt(index, this.shape).cell);
    this.#unseen.set(index, now);
    this.window.opened(index);
  }

  /** The case's job was made and is gone, or its name belongs to something else. */
  lost(index: number): void {
    const before = this.#cases[index] ?? CASE_NOT_MADE;
    if (before === CASE_DELETED) return;
    this.#unseen.delete(index);
    this.#lose(index, this.#records.get(index), before);
    this.#tellWindow(index, before);
  }

  /** Cases made before `time` (milliseconds since the epoch) that the cache has never shown. */
  unseenSince(time: number): number[] {
    return [...this.#unseen].filter(([, madeAt]) => madeAt < time).map(([index]) => index);
  }

  get isAnyUnseen(): boolean {
    return this.#unseen.size > 0;
  }

  casesOf(cell: number): string {
    const perCell = this.shape.questions * this.shape.trials;
    return this.#cases.slice(cell * perCell, (cell + 1) * perCell).join('');
  }

  recordsOf(cell: number): JobRecord[] {
    const perCell = this.shape.questions * this.shape.trials;
    const records: JobRecord[] = [];
    for (let index = cell * perCell; index < (cell + 1) * perCell; index++) {
      const record = this.#records.get(index);
      if (record !== undefined) records.push(record);
    }
    return records;
  }

  records(): JobRecord[] {
    return [...this.#records.values()];
  }

  /** Jobs in progress, of those that the cache has shown. */
  open(): JobRecord[] {
    return this.window.open.flatMap((index) => this.#records.get(index) ?? []);
  }

  /** Cells that changed since this was last asked. */
  takeChanged(): number[] {
    const changed = [...this.#changed];
    this.#changed.clear();
    return changed;
  }

  get jobs(): Required<NonNullable<RunStatus['jobs']>> {
    const total = this.#cases.length;
    return { total, created: this.#created, finished: this.#finished, deleted: this.#deleted };
  }

  /** Finished jobs by outcome; those with none are left out. */
  get outcomes(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const [outcome, character] of Object.entries(CASE)) {
      const count = this.#counts.get(character) ?? 0;
      if (count > 0) counts[outcome] = count;
    }
    return counts;
  }

  /** What counts against the budget, in millionths of a US dollar. */
  get spentMicroUSD(): number {
    return this.#spent + this.#deletedCost;
  }

  get deletedMicroUSD(): number {
    return this.#deletedCost;
  }

  reservation(index: number): number {
    return this.#frozen.reservations?.[caseAt(index, this.shape).cell] ?? 0;
  }

  /** For the attempts in progress, one a job. */
  get reservedMicroUSD(): number {
    return this.window.open.reduce((sum, index) => sum + this.reservation(index), 0);
  }

  #see(index: number, record: JobRecord, before: string): void {
    const old = this.#records.get(index);
    this.#count(before, -1);
    this.#count(record.case, 1);
    if (old !== undefined) this.#spent -= spentByJob(old, this.reservation(index));
    this.#spent += spentByJob(record, this.reservation(index));
    this.#records.set(index, record);
    this.#cases[index] = record.case;
    this.#changed.add(caseAt(index, this.shape).cell);
  }

  #lose(index: number, record: JobRecord | undefined, before: string): void {
    const reservation = this.reservation(index);
    const known = record === undefined ? 0 : spentByJob(record, reservation);
    if (this.#records.delete(index)) this.#spent -= known;
    this.#deletedCost += chargeOfDeleted(known, reservation);
    this.#count(before, -1);
    this.#countDeleted();
    this.#cases[index] = CASE_DELETED;
    this.#changed.add(caseAt(index, this.shape).cell);
  }

  #countDeleted(): void {
    this.#created++;
    this.#finished++;
    this.#deleted++;
  }

  #count(character: string, sign: 1 | -1): void {
    if (character === CASE_NOT_MADE) return;
    this.#counts.set(character, (this.#counts.get(character) ?? 0) + sign);
    this.#created += sign;
    if (character !== CASE_OPEN) this.#finished += sign;
  }

  #tellWindow(index: number, before: string): void {
    const now = this.#cases[index];
    if (now === CASE_OPEN && before !== CASE_OPEN) this.window.opened(index);
    if (now !== CASE_OPEN && before === CASE_OPEN) this.window.closed(index);
  }
}

function* recordedCases(status: RuneRun['status'], { cells, questions, trials }: Shape): Generator<string> {
  for (let cell = 0; cell < cells; cell++) {
    const recorded = status?.cells?.[cell]?.cases ?? '';
    yield* recorded.padEnd(questions * trials, CASE_NOT_MADE).slice(0, questions * trials);
  }
}
