import type { MergePatch } from '../../../controllers/kube/client.ts';
import { RUNE_JOBS } from '../../../controllers/kube/resource.ts';
import { step } from '../../cluster/progress.ts';
import { waitFor } from '../../cluster/wait.ts';
import { atOnce } from './at-once.ts';
import { type BenchCluster, MODEL } from './cluster.ts';
import { passed } from './ends.ts';
import { type Exposition, histogramQuantile } from './exposition.ts';
import type { BenchOperator } from './operator-process.ts';
import { runeJob } from './peers.ts';
import { milliseconds, type Row, show, verdict } from './show.ts';
import { Sightings } from './sightings.ts';

const AIM = { reconcileSeconds: 0.1, queueSeconds: 1, rssMiB: 300, drainSeconds: 30 };
/** Serves one job, which never ends, so that all others of its jobs wait in line. */
const BUSY = 'busy';

type Choice = { finished: number; waiting: number; perSecond: number; seconds: number };

/**
 * A namespace full of RuneJobs: most have finished, many wait for a busy backend, and more come at a steady rate and run.
 * Then the operator is started anew among them.
 */
export async function crowd(cluster: BenchCluster, { finished, waiting, perSecond, seconds }: Choice): Promise<void> {
  await cluster.startOperator();
  const namespace = await cluster.namespace();
  await cluster.backend(namespace, BUSY, 1);
  const ends = await Sightings.of(cluster.admin, { resource: RUNE_JOBS, namespace, namesOf: passed });
  const status = await statusOfOne(cluster, namespace, ends);
  await cluster.stopOperator();
  await step(`fill a namespace with ${finished + waiting} RuneJobs`, async () => {
    await atOnce(finished - 1, async (index) => makeFinished(cluster, namespace, `old-${index}`, status));
    await makeWaiting(cluster, namespace, waiting);
  });
  let operator = await cluster.startOperator();
  await drained(operator);
  const before = await operator.metrics();
  const peak = new Peak(operator);
  await arrive(cluster, namespace, perSecond, seconds);
  await ends.all(finished + perSecond * seconds);
  await peak.stop();
  const steady = figures(await operator.metrics(), before, peak.rssMiB);
  const began = performance.now();
  operator = await cluster.startOperator();
  const after = new Peak(operator);
  await drained(operator);
  const drainSeconds = (performance.now() - began) / 1000;
  await after.stop();
  const jobs = finished + waiting + perSecond * seconds;
  show(`${finished} finished RuneJobs, ${waiting} in line, ${perSecond}/s for ${seconds} s`, steady);
  show(`A restart among ${jobs} RuneJobs`, [
    {
      figure: 'process start to empty queue',
      value: `${drainSeconds.toFixed(1)} s`,
      aim: verdict(drainSeconds, '<=', AIM.drainSeconds, ' s'),
    },
    {
      figure: 'highest RSS',
      value: `${after.rssMiB.toFixed(0)} MiB`,
      aim: verdict(after.rssMiB, '<=', AIM.rssMiB, ' MiB'),
    },
  ]);
}

/** What a job that ran looks like. */
async function statusOfOne(cluster: BenchCluster, namespace: string, ends: Sightings): Promise<MergePatch> {
  const { client } = cluster.admin;
  await client.create(RUNE_JOBS, runeJob(namespace, 'first'));
  await ends.time('first');
  return { ...(await client.get(RUNE_JOBS, 'first', namespace))?.status };
}

async function makeFinished(cluster: BenchCluster, namespace: string, name: string, status: MergePatch): Promise<void> {
  const { client } = cluster.admin;
  const { metadata } = await client.create(RUNE_JOBS, runeJob(namespace, name));
  await client.patchStatus(RUNE_JOBS, name, namespace, status, metadata.resourceVersion ?? '');
}

/** One has the backend, and no node will ever take it; the others wait for it. */
async function makeWaiting(cluster: BenchCluster, namespace: string, count: number): Promise<void> {
  const { client } = cluster.admin;
  const waits = { model: { name: MODEL, backendRef: { name: BUSY } }, startDeadlineSeconds: 7200 };
  const holds = { ...waits, priority: 1, pod: { nodeSelector: { nowhere: 'true' } } };
  await client.create(RUNE_JOBS, runeJob(namespace, 'holds', holds));
  await atOnce(count, async (index) => {
    await client.create(RUNE_JOBS, runeJob(namespace, `waits-${index}`, waits));
  });
}

/** Makes jobs at a steady rate, whatever becomes of them. */
async function arrive(cluster: BenchCluster, namespace: string, perSecond: number, seconds: number): Promise<void> {
  const began = performance.now();
  const made: Promise<unknown>[] = [];
  for (let index = 0; index < perSecond * seconds; index++) {
    const due = began + (index * 1000) / perSecond;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
    made.push(cluster.admin.client.create(RUNE_JOBS, runeJob(namespace, `new-${index}`)));
  }
  await Promise.all(made);
}

async function drained(operator: BenchOperator): Promise<void> {
  const isDrained = async () => {
    const metrics = await operator.metrics();
    const depth = metrics.value('workqueue_depth', '{name="runejob"}');
    const work = metrics.value('workqueue_unfinished_work_seconds', '{name="runejob"}');
    const adds = metrics.value('workqueue_adds_total', '{name="runejob"}');
    return adds > 0 && depth === 0 && work === 0 ? undefined : `${depth} keys wait`;
  };
  await waitFor('an empty work queue', isDrained, 600);
}

function figures(now: Exposition, before: Exposition, rssMiB: number): Row[] {
  const quantile = (name: string, label: string, share: number) =>
    histogramQuantile(now.histogram(name, label, before), share);
  const row = (figure: string, name: string, label: string, aim: number): Row => {
    const p99 = quantile(name, label, 0.99);
    const p50 = quantile(name, label, 0.5);
    const value = `p50 ${milliseconds(p50 * 1000)}, p99 ${milliseconds(p99 * 1000)}`;
    return { figure, value, aim: verdict(p99, '<=', aim, ' s') };
  };
  const cpu = now.value('process_cpu_seconds_total') - before.value('process_cpu_seconds_total');
  return [
    row(
      'reconcile, with its writes',
      'controller_runtime_reconcile_time_seconds',
      'controller="runejob"',
      AIM.reconcileSeconds,
    ),
    row('wait in the queue', 'workqueue_queue_duration_seconds', 'name="runejob"', AIM.queueSeconds),
    { figure: 'highest RSS', value: `${rssMiB.toFixed(0)} MiB`, aim: verdict(rssMiB, '<=', AIM.rssMiB, ' MiB') },
    { figure: 'CPU of the operator', value: `${cpu.toFixed(1)} s` },
  ];
}

/** The highest memory of a process, asked each second. */
class Peak {
  rssMiB = 0;
  readonly #timer: NodeJS.Timeout;
  readonly #operator: BenchOperator;

  constructor(operator: BenchOperator) {
    this.#operator = operator;
    this.#timer = setInterval(() => void this.#look(), 1000);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#look();
  }

  async #look(): Promise<void> {
    const bytes = (await this.#operator.metrics()).value('process_resident_memory_bytes');
    this.rssMiB = Math.max(this.rssMiB, bytes / 2 ** 20);
  }
}
