type Source = 'meter' | 'driver';

/** Longer names than any tool's; what is compared with one has at most 128 characters. */
const MAX_NAME_CHARACTERS = 128;
const MAX_NAMES = 10_000;

/**
 * Names of the tools that an agent called, as the meter sees the model ask for them and the driver tells of them. Most
 * calls are seen by both: a name stands as often as the one of the two knows of it that knows of more calls.
 */
export class ToolCalls {
  /** In the order in which they were first seen. */
  readonly names: string[] = [];
  readonly #counts = new Map<string, { meter: number; driver: number; kept: number }>();
  /** All that the driver told of. */
  told = 0;

  add(source: Source, tool: string): void {
    const name = tool.slice(0, MAX_NAME_CHARACTERS);
    if (source === 'driver') this.told += 1;
    const counts = this.#counts.get(name) ?? { meter: 0, driver: 0, kept: 0 };
    counts[source] += 1;
    if (counts[source] <= counts.kept || this.names.length >= MAX_NAMES) return;
    counts.kept += 1;
    this.#counts.set(name, counts);
    this.names.push(name);
  }
}
