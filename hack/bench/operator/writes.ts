import { RUNE_JOBS } from '../../../controllers/kube/resource.ts';
import { isWork, type Writer, writesIn } from './audit.ts';
import type { BenchCluster } from './cluster.ts';
import { complete, passed } from './ends.ts';
import { type PeerName, Peers } from './peers.ts';
import { BATCH_JOBS } from './resources.ts';
import { type Row, show, verdict } from './show.ts';
import { Sightings } from './sightings.ts';

const AIM = 6;
const PEERS: readonly { peer: PeerName; writer: Writer }[] = [
  { peer: 'Job', writer: 'Job controller' },
  { peer: 'RuneJob', writer: 'operator' },
  { peer: 'RuneJob of a run', writer: 'operator' },
];

/** How often each side writes to the API server for a job that goes well, by the server's audit log. */
export async function writes(cluster: BenchCluster, { jobs }: { jobs: number }): Promise<void> {
  await cluster.startOperator();
  const rows: Row[] = [];
  for (const { peer, writer } of PEERS) {
    const namespace = await cluster.namespace();
    const peers = await Peers.in(cluster, namespace);
    const ends = await watchEnds(cluster, namespace, peer);
    for (let index = 0; index < jobs; index++) await peers.make(peer, `job-${index}`);
    await ends.all(jobs);
    await settled(cluster, namespace, writer);
    const counted = [...(await writesIn(cluster.plane.auditLog, namespace, writer))];
    // Of the namespace's backend, probed once.
    const own = counted.filter(([what]) => !what.includes('runebackends'));
    const all = own.filter(([what]) => isWork(what));
    const each = all.reduce((sum, [, count]) => sum + count, 0) / jobs;
    const events = own.filter(([what]) => what.endsWith(' events')).reduce((sum, [, count]) => sum + count, 0) / jobs;
    rows.push({
      'writes for one': peer,
      all: each.toFixed(2),
      ...(writer === 'operator' ? { aim: verdict(each, '<=', AIM) } : {}),
      'of which': all.map(([what, count]) => `${what} ${(count / jobs).toFixed(2)}`).join(', '),
      'and Events': events.toFixed(2),
    });
    await cluster.removeNamespace(namespace);
  }
  show(`Writes to the API server, ${jobs} jobs each, one after another as fast as they are taken`, rows);
}

async function watchEnds({ admin }: BenchCluster, namespace: string, peer: PeerName): Promise<Sightings> {
  if (peer === 'Job') return await Sightings.of(admin, { resource: BATCH_JOBS, namespace, namesOf: complete });
  return await Sightings.of(admin, { resource: RUNE_JOBS, namespace, namesOf: passed });
}

/** Resolves when nothing more is written: what comes after an end belongs to it. */
async function settled(cluster: BenchCluster, namespace: string, writer: Writer): Promise<void> {
  const total = async () =>
    [...(await writesIn(cluster.plane.auditLog, namespace, writer)).values()].reduce((sum, count) => sum + count, 0);
  for (let before = -1, now = await total(); now !== before; ) {
    before = now;
    await new Promise((resolve) => setTimeout(resolve, 3000));
    now = await total();
  }
}
