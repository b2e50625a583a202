import { PODS, RUNE_JOBS } from '../../../controllers/kube/resource.ts';
import { quantile } from '../quantile.ts';
import type { BenchCluster } from './cluster.ts';
import { complete, passed, succeeded } from './ends.ts';
import { type PeerName, Peers } from './peers.ts';
import { BATCH_JOBS } from './resources.ts';
import { milliseconds, type Row, show, verdict } from './show.ts';
import { Sightings } from './sightings.ts';

const PEERS: readonly PeerName[] = ['Pod', 'Job', 'RuneJob', 'RuneJob of a run'];
const AIM = { overJob: { p50: 1.2, p99: 1.5 }, overPod: 2.5, result: 1.5 };

/** Just-in-time compilation is not what is measured. */
const WARM_UP = 30;
const PAUSE_MILLISECONDS = 300;

type Times = { toPod: number[]; toEnd: number[] };

/**
 * From the moment at which an object is asked for until its Pod is seen, and until its end is: a Pod that succeeded, a
 * Job that is complete, a RuneJob with its outcome. One at a time, in turn, on nodes whose containers end at once.
 */
export async function latency(cluster: BenchCluster, { rounds, perRound }: { rounds: number; perRound: number }) {
  await cluster.startOperator();
  const namespace = await cluster.namespace();
  const peers = await Peers.in(cluster, namespace);
  const seen = await watch(cluster, namespace);
  const times = new Map(PEERS.map((peer) => [peer, { toPod: [], toEnd: [] } as Times]));
  const measure = async (peer: PeerName, name: string): Promise<void> => {
    // What comes after the end of the one before (Events, the Pod let go) is not to be in the way of this one.
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MILLISECONDS));
    const begun = performance.now();
    const made = peers.make(peer, name);
    const [pod, end] = await Promise.all([seen.pods.time(name), seen.ends.get(peer)?.time(name), made]);
    times.get(peer)?.toPod.push(pod - begun);
    times.get(peer)?.toEnd.push((end ?? Number.NaN) - begun);
  };
  for (const peer of PEERS)
    for (let index = 0; index < WARM_UP; index++) await measure(peer, `warm-${slug(peer)}-${index}`);
  for (const one of times.values()) one.toPod.length = one.toEnd.length = 0;
  for (let round = 0; round < rounds; round++) {
    for (const peer of PEERS) {
      for (let index = 0; index < perRound; index++) await measure(peer, `r${round}-${slug(peer)}-${index}`);
    }
  }
  const count = rounds * perRound;
  report(times, `${count} of each, ${perRound} of each in turn, one at a time`);
  await cluster.removeNamespace(namespace);
}

async function watch({ admin }: BenchCluster, namespace: string) {
  const pods = await Sightings.of(admin, {
    resource: PODS,
    namespace,
    namesOf: ({ metadata }) => [metadata.ownerReferences?.[0]?.name ?? metadata.name ?? ''],
  });
  const runeJobs = await Sightings.of(admin, { resource: RUNE_JOBS, namespace, namesOf: passed });
  const ends = new Map<PeerName, Sightings>([
    ['Pod', await Sightings.of(admin, { resource: PODS, namespace, namesOf: succeeded })],
    ['Job', await Sightings.of(admin, { resource: BATCH_JOBS, namespace, namesOf: complete })],
    ['RuneJob', runeJobs],
    ['RuneJob of a run', runeJobs],
  ]);
  return { pods, ends };
}

function report(times: ReadonlyMap<PeerName, Times>, how: string): void {
  const of = (peer: PeerName, what: keyof Times, share: number) => quantile(times.get(peer)?.[what] ?? [], share);
  const rows = PEERS.map((peer): Row => {
    const [p50, p99] = [of(peer, 'toPod', 0.5), of(peer, 'toPod', 0.99)];
    const overJob = [p50 / of('Job', 'toPod', 0.5), p99 / of('Job', 'toPod', 0.99)] as const;
    const overPod = p50 / of('Pod', 'toPod', 0.5);
    const isOurs = peer.startsWith('RuneJob');
    return {
      'asked for → Pod seen': peer,
      p50: milliseconds(p50),
      p99: milliseconds(p99),
      'p50 / Job': overJob[0].toFixed(2),
      ...(isOurs ? { 'aim p50': verdict(overJob[0], '<=', AIM.overJob.p50) } : {}),
      'p99 / Job': overJob[1].toFixed(2),
      ...(isOurs ? { 'aim p99': verdict(overJob[1], '<=', AIM.overJob.p99) } : {}),
      'p50 / Pod': overPod.toFixed(2),
      ...(isOurs ? { 'aim / Pod': verdict(overPod, '<=', AIM.overPod) } : {}),
    };
  });
  show(`Latency, ${how}`, rows);
  const ends = PEERS.map((peer): Row => {
    const [p50, p99] = [of(peer, 'toEnd', 0.5), of(peer, 'toEnd', 0.99)];
    const overPod = p50 / of('Pod', 'toEnd', 0.5);
    return {
      'asked for → end seen': peer,
      p50: milliseconds(p50),
      p99: milliseconds(p99),
      'p50 / Pod': overPod.toFixed(2),
      ...(peer.startsWith('RuneJob') ? { aim: verdict(overPod, '<=', AIM.result) } : {}),
    };
  });
  show('An agent that answers at once, the same rounds', ends);
}

function slug(peer: PeerName): string {
  return peer.toLowerCase().replaceAll(' ', '-');
}
