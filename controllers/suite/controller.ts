import type { Logger } from 'pino';
import type { RuneSuite } from '../../crds/types.ts';
import type { Clock } from '../clock.ts';
import { Controller } from '../controller.ts';
import type { KubeClient } from '../kube/client.ts';
import { splitKey } from '../kube/key.ts';
import { RUNE_SUITES } from '../kube/resource.ts';
import type { Informer } from '../kube/watch.ts';
import { mergePatch } from '../merge-patch.ts';
import type { Metrics } from '../metrics.ts';
import { suiteStatus } from './plan.ts';

type SuiteParts = {
  client: Pick<KubeClient, 'get' | 'patchStatus'>;
  suites: Pick<Informer<RuneSuite>, 'get'>;
  logger: Logger;
  metrics: Metrics;
  clock: Clock;
};

/** Keeps the status of each RuneSuite. */
export function suiteController(parts: SuiteParts): Controller {
  const { logger, metrics, clock } = parts;
  const reconcile = (key: string) => reconcileSuite(parts, key);
  return new Controller({ name: 'runesuite', workers: 1, reconcile, logger, metrics, clock });
}

async function reconcileSuite({ client, suites, clock }: SuiteParts, key: string): Promise<undefined> {
  const { namespace, name } = splitKey(key);
  const cached = suites.get(namespace, name);
  if (cached === undefined || cached.metadata.deletionTimestamp !== undefined) return;
  if (cached.status?.observedGeneration === cached.metadata.generation) return;
  // The cache holds no questions.
  const suite = await client.get(RUNE_SUITES, name, namespace);
  if (suite === undefined) return;
  const patch = mergePatch(suite.status ?? {}, suiteStatus(suite, clock.now().toISOString()));
  if (patch === undefined) return;
  await client.patchStatus(RUNE_SUITES, name, namespace, patch, suite.metadata.resourceVersion ?? '');
}
