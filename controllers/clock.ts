/** Time as the operator sees it, so that tests can set it. */
export type Clock = {
  /** Wall time, for what people read. It may jump. */
  now(): Date;
  /** Milliseconds that only ever grow, also while the process is stopped: for leases, deadlines and durations. */
  monotonic(): number;
};

/** `performance.now` reads CLOCK_MONOTONIC, which goes on during SIGSTOP. */
export const systemClock: Clock = { now: () => new Date(), monotonic: () => performance.now() };
