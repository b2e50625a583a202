import { RUNE_BENCHMARKS, RUNE_JOBS, RUNE_RUNS } from '../../../controllers/kube/resource.ts';
import type { RuneBenchmark, RuneRun } from '../../../crds/types.ts';
import { quantile } from '../quantile.ts';
import { atOnce } from './at-once.ts';
import { isWork, writesIn } from './audit.ts';
import { AGENT, BACKEND, type BenchCluster, MAX_AT_ONCE, MODEL } from './cluster.ts';
import { complete, completedIndexes, passed } from './ends.ts';
import { type Exposition, histogramQuantile } from './exposition.ts';
import type { BenchOperator } from './operator-process.ts';
import { Peers } from './peers.ts';
import { BATCH_JOBS } from './resources.ts';
import { type Row, show, verdict } from './show.ts';
import { Sightings } from './sightings.ts';

const AIM = { overJobs: 0.7, overIndexed: 0.3, reconcileSeconds: 0.05 };
const TRIALS = 50;

const WARM_UP = 100;
const PEERS = ['single Jobs', 'Indexed Job', 'RuneRun'] as const;

type Peer = (typeof PEERS)[number];
type Choice = { jobs: number; rounds: number; big: number };

/** How many jobs end in a second, of one object that makes them all and of as many objects as jobs. */
export async function throughput(cluster: BenchCluster, { jobs, rounds, big }: Choice): Promise<void> {
  const operator = await cluster.startOperator();
  const rates = new Map<Peer, number[]>();
  const note = (peer: Peer, rate: number) => rates.set(peer, [...(rates.get(peer) ?? []), rate]);
  // Just-in-time compilation is not what is measured.
  for (const peer of PEERS) await measure(cluster, operator, peer, WARM_UP);
  for (let round = 0; round < rounds; round++) {
    for (const peer of PEERS) {
      note(peer, (await measure(cluster, operator, peer, jobs)).rate);
    }
  }
  const median = (peer: Peer) => quantile(rates.get(peer) ?? [], 0.5);
  const rows = [...rates].map(([peer, measured]): Row => {
    const [overJobs, overIndexed] = [median(peer) / median('single Jobs'), median(peer) / median('Indexed Job')];
    return {
      'jobs that end in a second': peer,
      median: median(peer).toFixed(1),
      'of each round': measured.map((one) => one.toFixed(1)).join(' '),
      '/ single Jobs': overJobs.toFixed(2),
      ...(peer === 'RuneRun' ? { aim: verdict(overJobs, '>=', AIM.overJobs) } : {}),
      '/ Indexed Job': overIndexed.toFixed(2),
      ...(peer === 'RuneRun' ? { 'aim ': verdict(overIndexed, '>=', AIM.overIndexed) } : {}),
    };
  });
  show(`Throughput, ${jobs} jobs, ${MAX_AT_ONCE} at once, ${rounds} rounds in turn`, rows);
  if (big > 0) await bigRun(cluster, operator, big);
}

/** One large run, what its jobs cost in writes, and how long the operator takes to reconcile it. */
async function bigRun(cluster: BenchCluster, operator: BenchOperator, jobs: number): Promise<void> {
  const before = await operator.metrics();
  const { rate, writes, rssMiB } = await measure(cluster, operator, 'RuneRun', jobs);
  const after = await operator.metrics();
  const run = reconcile(after, before, 'runerun');
  const job = reconcile(after, before, 'runejob');
  show(`A run of ${jobs} jobs, ${MAX_AT_ONCE} at once`, [
    { figure: 'jobs that end in a second', value: rate.toFixed(1) },
    {
      figure: 'writes for one job, run included',
      value: (writes / jobs).toFixed(2),
      aim: verdict(writes / jobs, '<=', 6),
    },
    { figure: 'operator RSS at its end', value: `${rssMiB.toFixed(0)} MiB` },
    { figure: 'reconcile of the run, with its writes: p50, p99', value: run },
    { figure: 'reconcile of a job, with its writes: p50, p99', value: job },
  ]);
}

function reconcile(after: Exposition, before: Exposition, controller: string): string {
  const buckets = after.histogram('controller_runtime_reconcile_time_seconds', `controller="${controller}"`, before);
  return [0.5, 0.99].map((share) => `${(histogramQuantile(buckets, share) * 1000).toFixed(0)} ms`).join(', ');
}

type Measured = { rate: number; writes: number; rssMiB: number };

async function measure(cluster: BenchCluster, operator: BenchOperator, peer: Peer, jobs: number): Promise<Measured> {
  const namespace = await cluster.namespace();
  const { ended, make } = await prepare(cluster, namespace, peer, jobs);
  const begun = performance.now();
  await make();
  const end = await ended.all(jobs);
  const rssMiB = (await operator.metrics()).value('process_resident_memory_bytes') / 2 ** 20;
  const writer = peer === 'RuneRun' ? 'operator' : 'Job controller';
  const counted = await writesIn(cluster.plane.auditLog, namespace, writer);
  const writes = [...counted].filter(([what]) => isWork(what)).reduce((sum, [, count]) => sum + count, 0);
  await cluster.removeNamespace(namespace);
  return { rate: (jobs * 1000) / (end - begun), writes, rssMiB };
}

type Prepared = { ended: Sightings; make: () => Promise<void> };

async function prepare(cluster: BenchCluster, namespace: string, peer: Peer, jobs: number): Promise<Prepared> {
  if (peer === 'RuneRun') return await prepareRun(cluster, namespace, jobs);
  const peers = await Peers.in(cluster, namespace);
  if (peer === 'Indexed Job') {
    const ended = await Sightings.of(cluster.admin, { resource: BATCH_JOBS, namespace, namesOf: completedIndexes });
    const spec = { completionMode: 'Indexed', completions: jobs, parallelism: MAX_AT_ONCE };
    return { ended, make: async () => peers.job('indexed', spec) };
  }
  const ended = await Sightings.of(cluster.admin, { resource: BATCH_JOBS, namespace, namesOf: complete });
  return { ended, make: async () => atOnce(jobs, async (index) => peers.make('Job', `job-${index}`)) };
}

async function prepareRun(cluster: BenchCluster, namespace: string, jobs: number): Promise<Prepared> {
  const { client } = cluster.admin;
  const questions = Array.from({ length: Math.ceil(jobs / TRIALS) }, (_, index) => ({
    id: `question-${index}`,
    prompt: `What is ${index} times 23? Answer with the number alone.`,
    expect: [{ number: { value: `${index * 23}` } }],
  }));
  const spec = {
    agents: [{ name: 'plain', agentRef: { name: AGENT } }],
    models: [{ name: MODEL, backendRef: { name: BACKEND } }],
    questions,
    trials: TRIALS,
    parallelism: MAX_AT_ONCE,
    runOnChange: false,
  };
  await client.create(RUNE_BENCHMARKS, { metadata: { name: 'bench', namespace }, spec } as unknown as RuneBenchmark);
  const ended = await Sightings.of(cluster.admin, {
    resource: RUNE_JOBS,
    namespace,
    namesOf: passed,
  });
  const run = { metadata: { name: 'run', namespace }, spec: { benchmarkRef: { name: 'bench' } } } as RuneRun;
  return { ended, make: async () => void (await client.create(RUNE_RUNS, run)) };
}
