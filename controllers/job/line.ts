import { byTurn, type Candidate } from './admission.ts';

/** Those who wait, in the order of their turns. One that comes or goes costs the search for its place, not a sort of all. */
export class Line<T extends Candidate> {
  readonly #inOrder: T[] = [];
  readonly #byUid = new Map<string, T>();

  get(uid: string): T | undefined {
    return this.#byUid.get(uid);
  }

  /** Takes the place of what has its uid. */
  put(candidate: T): void {
    this.remove(candidate.uid);
    this.#byUid.set(candidate.uid, candidate);
    this.#inOrder.splice(this.#placeOf(candidate), 0, candidate);
  }

  remove(uid: string): void {
    const candidate = this.#byUid.get(uid);
    if (candidate === undefined) return;
    this.#byUid.delete(uid);
    let place = this.#placeOf(candidate);
    // Two of one name were made one after the other, and both may be known for a moment.
    while (this.#inOrder[place] !== candidate) place++;
    this.#inOrder.splice(place, 1);
  }

  [Symbol.iterator](): Iterator<T> {
    return this.#inOrder[Symbol.iterator]();
  }

  /** Of the first that does not come before it. */
  #placeOf(candidate: T): number {
    let [low, high] = [0, this.#inOrder.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.#inOrder[middle];
      if (other !== undefined && byTurn(other, candidate) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
