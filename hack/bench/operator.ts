/**
 * The operator beside what it is compared with, on nodes that KWOK plays: `node hack/bench/operator.ts [--quick] [part...]`.
 * Without a part, all of them, one after the other, each on a control plane of its own.
 */
import { parseArgs } from 'node:util';
import { endChildren, endChildrenOnSignals } from '../cluster/children.ts';
import { withScratch } from '../cluster/scratch.ts';
import { BenchCluster } from './operator/cluster.ts';
import { crowd } from './operator/crowd.ts';
import { latency } from './operator/latency.ts';
import { throughput } from './operator/throughput.ts';
import { writes } from './operator/writes.ts';

type Part = (cluster: BenchCluster, isQuick: boolean) => Promise<void>;

const PARTS: Readonly<Record<string, Part>> = {
  latency: (cluster, isQuick) => latency(cluster, isQuick ? { rounds: 3, perRound: 10 } : { rounds: 10, perRound: 20 }),
  writes: (cluster, isQuick) => writes(cluster, { jobs: isQuick ? 20 : 200 }),
  throughput: (cluster, isQuick) =>
    throughput(cluster, isQuick ? { jobs: 200, rounds: 1, big: 500 } : { jobs: 1000, rounds: 3, big: 5000 }),
  crowd: (cluster, isQuick) =>
    crowd(cluster, {
      finished: isQuick ? 900 : 9000,
      waiting: isQuick ? 100 : 1000,
      perSecond: 10,
      seconds: isQuick ? 15 : 300,
    }),
};

const { values, positionals } = parseArgs({ options: { quick: { type: 'boolean' } }, allowPositionals: true });
const unknown = positionals.filter((name) => PARTS[name] === undefined);
if (unknown.length > 0) {
  console.error(`There is no part ${unknown.join(', ')}; there are: ${Object.keys(PARTS).join(', ')}.`);
  process.exit(2);
}
endChildrenOnSignals();
try {
  for (const [name, part] of Object.entries(PARTS)) {
    if (positionals.length > 0 && !positionals.includes(name)) continue;
    await withScratch(async (dir) => {
      await using cluster = await BenchCluster.start(dir);
      await part(cluster, values.quick ?? false);
    });
  }
} finally {
  await endChildren();
}
