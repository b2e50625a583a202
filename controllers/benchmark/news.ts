import type { Story } from './stories.ts';

/** Tells each story of an object once, however often it is found again in a row. */
export class News {
  readonly #told = new Map<string, ReadonlySet<string>>();

  of(key: string, stories: readonly Story[]): Story[] {
    const told = this.#told.get(key);
    if (stories.length === 0) this.#told.delete(key);
    else this.#told.set(key, new Set(stories.map(({ message }) => message)));
    return stories.filter(({ message }) => !told?.has(message));
  }

  forget(key: string): void {
    this.#told.delete(key);
  }
}
