/** Amounts are millionths of a US dollar. */
export type Budget = {
  maxMicroUSD: number;
  /** What ended attempts cost, those of jobs in progress included, and what deleted jobs are charged. */
  spentMicroUSD: number;
  /** One reservation for each job in progress: what its attempt in progress may still cost. */
  reservedMicroUSD: number;
};

/**
 * Whether one more job may be started: what was spent, what is reserved for jobs in progress and its own reservation
 * must fit together.
 *
 * So a run spends at most its budget, and what the jobs that are in progress when the last one is started cost beyond what
 * was counted for them by then. That is nothing where each costs at most its reservation. A job can cost more: an attempt
 * goes up to one model call over its own budget, since a call's cost is known only after it, and each retry costs again.
 * What a job cost is not known of one that was deleted, and of an attempt that ended without telling: these are charged
 * their reservation, and what they cost beyond it adds to the bound.
 */
export function fits({ maxMicroUSD, spentMicroUSD, reservedMicroUSD }: Budget, reservation: number): boolean {
  return spentMicroUSD + reservedMicroUSD + reservation <= maxMicroUSD;
}

/** What counts as spent by a job: what is known, and its reservation for each attempt that ended without telling. */
export function spentByJob(job: { costMicroUSD?: number; lostAttempts: number }, reservation: number): number {
  return (job.costMicroUSD ?? 0) + job.lostAttempts * reservation;
}

/** What a deleted job is charged: it may have cost what nobody can tell any more. */
export function chargeOfDeleted(knownMicroUSD: number, reservation: number): number {
  return Math.max(knownMicroUSD, reservation);
}
