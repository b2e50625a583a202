import { type Behaviour, behaviourOfName } from './behaviour.ts';
import type { Scope } from './scope.ts';
import { StatsLedger } from './stats.ts';
import { InvalidDirective } from './vocabulary.ts';

/** What a running server remembers: what it served, and the models that a test gave a behaviour by name. */
export class ScriptedState {
  readonly ledger = new StatsLedger();
  readonly secondPort: { isOpen(): boolean; open(): Promise<void>; close(): Promise<void> };
  readonly #listed: readonly string[];
  readonly #behaviours = new Map<string, string>();

  constructor(listed: readonly string[], secondPort: ScriptedState['secondPort']) {
    this.#listed = listed;
    this.secondPort = secondPort;
  }

  /** @throws InvalidDirective when `behaviour` is not made of directives */
  setModel(name: string, behaviour: string): void {
    if (!behaviourOfName(behaviour)) throw new InvalidDirective(`"${behaviour}" is not made of directives`);
    this.#behaviours.set(name, behaviour);
  }

  resetModel(name: string | undefined): void {
    if (name === undefined) this.#behaviours.clear();
    else this.#behaviours.delete(name);
  }

  models(): Record<string, string> {
    return Object.fromEntries(this.#behaviours);
  }

  listedModels(): string[] {
    return [...new Set([...this.#listed, ...this.#behaviours.keys()])];
  }

  behaviourOf(model: string, scope: Scope): Behaviour | undefined {
    return behaviourOfName(this.#behaviours.get(model) ?? model, scope.behaviour);
  }
}
