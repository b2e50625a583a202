import { quantile } from './quantile.ts';

/**
 * Whole numbers that come and go, kept in ascending order: what is asked of them does not take longer the more there are.
 * The sums are exact, so that their order does not matter.
 */
export class Sample {
  readonly #sorted: number[] = [];
  #sum = 0n;
  #squares = 0n;

  add(value: number): void {
    this.#sorted.splice(this.#placeOf(value), 0, value);
    this.#count(value, 1n);
  }

  /** One that was added before. */
  remove(value: number): void {
    const place = this.#placeOf(value);
    if (this.#sorted[place] !== value) throw new RangeError(`${value} is not among the values`);
    this.#sorted.splice(place, 1);
    this.#count(value, -1n);
  }

  get size(): number {
    return this.#sorted.length;
  }

  get sum(): number {
    return Number(this.#sum);
  }

  /** 0 of none. */
  get max(): number {
    return this.#sorted.at(-1) ?? 0;
  }

  /** See {@link quantile}. */
  quantile(p: number): number | undefined {
    return quantile(this.#sorted, p);
  }

  /** The standard deviation (divided by the size less 1); 0 for fewer than two values. */
  get deviation(): number {
    const size = this.size;
    if (size < 2) return 0;
    return Math.sqrt(Number(BigInt(size) * this.#squares - this.#sum * this.#sum) / (size * (size - 1)));
  }

  #count(value: number, sign: bigint): void {
    const whole = BigInt(value);
    this.#sum += sign * whole;
    this.#squares += sign * whole * whole;
  }

  /** The first place whose value is not lower. */
  #placeOf(value: number): number {
    let [low, high] = [0, this.#sorted.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#sorted[middle] ?? 0) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
