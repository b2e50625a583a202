/** The one model of the benchmark's server. */
export const BENCH_MODEL = 'bench';
