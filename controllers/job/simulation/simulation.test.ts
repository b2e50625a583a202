import { expect, test } from 'vitest';
import { simulate } from './run.ts';

/** RUNE_SIMULATION_SEED=n replays one history; RUNE_SIMULATION_SEEDS=n runs more of them. */
const one = process.env['RUNE_SIMULATION_SEED'];
const count = Number(process.env['RUNE_SIMULATION_SEEDS'] ?? 2000);
const first = one === undefined ? 0 : Number(one);

test('histories with kills, stale caches, lost answers and interference keep every invariant', async () => {
  for (let seed = first; seed < first + (one === undefined ? count : 1); seed++) {
    await expect(simulate(seed), `RUNE_SIMULATION_SEED=${seed} replays this history`).resolves.toBeUndefined();
  }
}, 300_000);
