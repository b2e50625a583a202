/** Amounts are millionths of a US dollar. */
export type Budget = {
  maxMicroUSD: number;
  /** What ended attempts cost, and what deleted jobs are charged. */
  spentMicroUSD: number;
  /** What the jobs in progress may still cost: see {@link reservedMicroUSD}. */
  reservedMicroUSD: number;
};

/**
 * Whether one more job may be started: what was spent, what is reserved for jobs in progress and its own reservation
 * must fit together. So a run spends at most its budget and what its jobs in flight cost beyond their reservations: an
 * attempt may go one model call over its own budget, and each retry may cost as much again, which is reserved only once
 * the attempt before it has ended.
 */
export function fits({ maxMicroUSD, spentMicroUSD, reservedMicroUSD }: Budget, reservation: number): boolean {
  return spentMicroUSD + reservedMicroUSD + reservation <= maxMicroUSD;
}

/** What counts as spent by a job: what is known, and its reservation for each attempt that ended without telling. */
export function spentByJob(job: { costMicroUSD?: number; lostAttempts: number }, reservation: number): number {
  return (job.costMicroUSD ?? 0) + job.lostAttempts * reservation;
}
