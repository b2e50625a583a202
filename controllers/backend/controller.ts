import type { Logger } from 'pino';
import type { RuneBackend } from '../../crds/types.ts';
import type { Clock } from '../clock.ts';
import { Controller, type ReconcileResult } from '../controller.ts';
import type { KubeClient } from '../kube/client.ts';
import type { EventRecorder } from '../kube/events.ts';
import { splitKey } from '../kube/key.ts';
import { RUNE_BACKENDS } from '../kube/resource.ts';
import type { Informer } from '../kube/watch.ts';
import type { Metrics } from '../metrics.ts';
import { isFailure, planBackend } from './plan.ts';
import { probe, probeTarget } from './probe.ts';
import { ProbeSchedule } from './probe-schedule.ts';

type BackendParts = {
  client: Pick<KubeClient, 'patchStatus'>;
  backends: Pick<Informer<RuneBackend>, 'get'>;
  events: Pick<EventRecorder, 'record'>;
  logger: Logger;
  metrics: Metrics;
  clock: Clock;
};

/** So many backends may be slow to answer at once without holding up the others. */
const WORKERS = 64;

/** Probes each RuneBackend when it is new or changed and then at its interval, and keeps its status. */
export function backendController(parts: BackendParts): Controller {
  const { logger, metrics, clock } = parts;
  const schedule = new ProbeSchedule(clock);
  const reconcile = (key: string) => reconcileBackend(parts, schedule, key);
  return new Controller({ name: 'runebackend', workers: WORKERS, reconcile, logger, metrics, clock });
}

async function reconcileBackend(
  { client, backends, events, metrics, clock }: BackendParts,
  schedule: ProbeSchedule,
  key: string,
): Promise<ReconcileResult | undefined> {
  const { namespace, name } = splitKey(key);
  const backend = backends.get(namespace, name);
  if (backend === undefined || backend.metadata.deletionTimestamp !== undefined) {
    schedule.forget(key);
    return undefined;
  }
  const early = schedule.millisecondsUntilDue(key, backend);
  if (early > 0) return { requeueAfterMilliseconds: early };
  const result = await probe(probeTarget(backend));
  const failures = isFailure(result) ? schedule.failures(key, backend) + 1 : 0;
  const plan = planBackend(backend, result, failures, clock.now().toISOString());
  metrics.probes.inc({ result: result.kind });
  if (plan.status !== undefined) {
    const { resourceVersion = '' } = backend.metadata;
    await client.patchStatus(RUNE_BACKENDS, name, namespace, plan.status, resourceVersion);
  }
  // Only now: a probe whose result was not written is made again.
  schedule.probed(key, backend, failures, plan.requeueAfterMilliseconds);
  for (const { type, reason, message } of plan.events) events.record(backend, type, reason, message);
  return { requeueAfterMilliseconds: plan.requeueAfterMilliseconds };
}
