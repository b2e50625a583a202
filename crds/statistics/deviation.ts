/**
 * Count, mean and standard deviation of numbers that come one after the other and may be taken back, without keeping
 * them. Source: B. P. Welford, "Note on a method for calculating corrected sums of squares and products",
 * Technometrics 4 (1962).
 */
export class Deviation {
  #count = 0;
  #mean = 0;
  #squares = 0;

  add(value: number): void {
    this.#count++;
    const before = value - this.#mean;
    this.#mean += before / this.#count;
    this.#squares += before * (value - this.#mean);
  }

  remove(value: number): void {
    if (this.#count <= 1) {
      this.#count = 0;
      this.#mean = 0;
      this.#squares = 0;
      return;
    }
    const before = value - this.#mean;
    this.#count--;
    this.#mean -= before / this.#count;
    this.#squares = Math.max(0, this.#squares - before * (value - this.#mean));
  }

  get count(): number {
    return this.#count;
  }

  get mean(): number {
    return this.#mean;
  }

  /** Of a sample (divided by count - 1); 0 for fewer than two values. */
  get deviation(): number {
    return this.#count < 2 ? 0 : Math.sqrt(this.#squares / (this.#count - 1));
  }
}
