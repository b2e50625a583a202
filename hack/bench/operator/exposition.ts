/** What a process says of itself in the text format of Prometheus. Labels are compared as they stand there. */
export class Exposition {
  readonly #samples = new Map<string, number>();

  constructor(text: string) {
    for (const line of text.split('\n')) {
      if (line === '' || line.startsWith('#')) continue;
      const space = line.lastIndexOf(' ');
      this.#samples.set(line.slice(0, space), Number(line.slice(space + 1)));
    }
  }

  /** 0 of what is not there. `labels` for example `{name="runejob"}`. */
  value(name: string, labels = ''): number {
    return this.#samples.get(`${name}${labels}`) ?? 0;
  }

  /** What a histogram counted since `before`. `label` for example `name="runejob"`. */
  histogram(name: string, label: string, before?: Exposition): Buckets {
    const start = `${name}_bucket{`;
    const buckets: Buckets = [];
    for (const [sample, count] of this.#samples) {
      if (!sample.startsWith(start) || !sample.includes(label)) continue;
      const le = /le="([^"]+)"/.exec(sample)?.[1];
      const upTo = le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le);
      buckets.push({ upTo, count: count - (before?.value(sample) ?? 0) });
    }
    return buckets.sort((a, b) => a.upTo - b.upTo);
  }
}

/** Cumulative, by upper bound. */
export type Buckets = { upTo: number; count: number }[];

/**
 * A quantile as Prometheus' histogram_quantile gives it: linear within a bucket, and the last finite bound for what lies
 * above that. NaN of nothing.
 */
export function histogramQuantile(buckets: Buckets, share: number): number {
  const total = buckets.at(-1)?.count ?? 0;
  if (total === 0) return Number.NaN;
  const rank = share * total;
  let below = { upTo: 0, count: 0 };
  for (const bucket of buckets) {
    if (bucket.count >= rank) {
      if (!Number.isFinite(bucket.upTo)) return below.upTo;
      const inside = bucket.count - below.count;
      const part = inside === 0 ? 1 : (rank - below.count) / inside;
      return below.upTo + (bucket.upTo - below.upTo) * part;
    }
    below = bucket;
  }
  return below.upTo;
}
