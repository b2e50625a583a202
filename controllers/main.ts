#!/usr/bin/env node
import { pino } from 'pino';
import { EMERGENCY_STOP, LABEL } from '../crds/names.ts';
import { agentController } from './agent/controller.ts';
import { backendController } from './backend/controller.ts';
import { BENCHMARK_INDEXERS, benchmarkController } from './benchmark/controller.ts';
import { projectBenchmark, projectSuite } from './benchmark/project.ts';
import { systemClock } from './clock.ts';
import { type Config, readConfig } from './config.ts';
import type { Controller } from './controller.ts';
import { serveHealth } from './health.ts';
import { jobController, POD_INDEXERS, POD_WARNING_INDEXERS } from './job/controller.ts';
import { projectJob } from './job/project.ts';
import { POD_WARNINGS } from './job/start-trouble.ts';
import { KubeClient } from './kube/client.ts';
import { loadKubeConfig } from './kube/config.ts';
import { EventRecorder } from './kube/events.ts';
import { LeaderLease } from './kube/lease.ts';
import {
  CONFIG_MAPS,
  EVENTS,
  PODS,
  RUNE_AGENTS,
  RUNE_BACKENDS,
  RUNE_BENCHMARKS,
  RUNE_JOBS,
  RUNE_RUNS,
  RUNE_SUITES,
} from './kube/resource.ts';
import { Transport } from './kube/transport.ts';
import { createMetrics } from './metrics.ts';
import { OperatorProcess } from './process.ts';
import { ARCHIVE_POD_INDEXERS, RUN_INDEXERS, RUN_JOB_INDEXERS, runController } from './run/controller.ts';
import { suiteController } from './suite/controller.ts';

const COMPONENT = 'rune-operator';
/** Kubernetes gives 30 s; a person who stops it by hand should not wait that long. */
const STOP_MILLISECONDS = 9_000;
const EXIT_LOST = 1;
const EXIT_USAGE = 2;

const config = configOrExit();
const logger = pino({ name: COMPONENT, level: config.logLevel });
const kubeConfig = kubeConfigOrExit(config);
const clock = systemClock;
const metrics = createMetrics();
const transport = new Transport({ kubeConfig, metrics, clock });

const lease = new LeaderLease({
  client: new KubeClient({
    transport,
    beforeWrite: () => undefined,
    timeoutMilliseconds: (config.leaseRenewDeadlineSeconds * 1000) / 2,
  }),
  namespace: config.namespace,
  name: COMPONENT,
  identity: config.identity,
  durationSeconds: config.leaseDurationSeconds,
  renewDeadlineSeconds: config.leaseRenewDeadlineSeconds,
  retryPeriodSeconds: config.leaseRetryPeriodSeconds,
  // Caches and plans of a process that was cut off are old: a new one starts with fresh ones.
  onLost: () => process.exit(EXIT_LOST),
  logger,
  metrics,
  clock,
});
const client = new KubeClient({ transport, beforeWrite: () => lease.assertHeld() });
const events = new EventRecorder({ client, component: COMPONENT, identity: config.identity, logger, metrics, clock });
const operator = new OperatorProcess({ kubeConfig, client, lease, events, compose, logger, metrics, clock });

process.on('uncaughtException', (error) => {
  logger.fatal({ err: error }, 'an error that nobody expected');
  process.exit(EXIT_LOST);
});
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop(signal));

const health = await serveHealth({
  ...config.metricsAddress,
  registry: metrics.registry,
  notLive: () => undefined,
  notReady: () => operator.notReady,
}).catch(exitWith('the metrics address cannot be used'));
logger.info({ config }, 'started');
await operator.start().catch(exitWith('the operator did not start'));

async function compose(process: OperatorProcess): Promise<Controller[]> {
  const jobs = process.inform({ resource: RUNE_JOBS, project: projectJob, indexers: RUN_JOB_INDEXERS });
  const pods = process.inform({ resource: PODS, labelSelector: LABEL.jobUid, indexers: POD_INDEXERS });
  const agents = process.inform({ resource: RUNE_AGENTS });
  const backends = process.inform({ resource: RUNE_BACKENDS });
  const runs = process.inform({ resource: RUNE_RUNS, indexers: { ...RUN_INDEXERS, ...BENCHMARK_INDEXERS } });
  const archivePods = process.inform({
    resource: PODS,
    labelSelector: LABEL.runArchive,
    indexers: ARCHIVE_POD_INDEXERS,
  });
  const benchmarks = process.inform({ resource: RUNE_BENCHMARKS, project: projectBenchmark });
  const suites = process.inform({ resource: RUNE_SUITES, project: projectSuite });
  const podWarnings = process.inform({ resource: EVENTS, ...POD_WARNINGS, indexers: POD_WARNING_INDEXERS });
  // Read before anything starts, like all caches: after a start during a stop nothing is made.
  const stops = process.inform({
    resource: CONFIG_MAPS,
    namespace: config.namespace,
    fieldSelector: `metadata.name=${EMERGENCY_STOP}`,
  });
  const shared = { client, events, logger, metrics, clock };
  const job = jobController({ ...shared, config, jobs, pods, agents, backends, podWarnings, stops });
  const agent = agentController({ ...shared, agents });
  const backend = backendController({ ...shared, backends });
  const catalogue = { suites, agents, backends, stops, namespace: config.namespace };
  const run = runController({ ...shared, ...catalogue, settings: config, runs, jobs, archivePods, benchmarks });
  const benchmark = benchmarkController({ ...shared, ...catalogue, runs, benchmarks });
  const suite = suiteController({ ...shared, suites });
  await process.enqueueChanges(RUNE_AGENTS, agent);
  await process.enqueueChanges(RUNE_BACKENDS, backend);
  await process.enqueueChanges(RUNE_SUITES, suite);
  return [job, agent, backend, run, benchmark, suite];
}

async function stop(signal: string): Promise<void> {
  logger.info({ signal }, 'stopping');
  // It also keeps the process going when all that it had open is closed, and what comes after is still to be done.
  setTimeout(() => {
    logger.error('something did not stop in time');
    process.exit(0);
  }, STOP_MILLISECONDS);
  await operator.stop();
  await lease.release();
  health.close();
  await transport.close();
  logger.info('stopped');
  process.exit(0);
}

function configOrExit(): Config {
  try {
    const read = readConfig(process.argv.slice(2), process.env);
    return read === 'help' ? process.exit(0) : read;
  } catch (error) {
    return refuse(error);
  }
}

function kubeConfigOrExit({ kubeconfig, context }: Config) {
  try {
    // The base class of the operator loads the default kubeconfig on its own: let it find the same one.
    if (kubeconfig !== undefined) process.env['KUBECONFIG'] = kubeconfig;
    return loadKubeConfig(kubeconfig, context);
  } catch (error) {
    return refuse(error);
  }
}

function refuse(error: unknown): never {
  process.stderr.write(`${COMPONENT}: ${error instanceof Error ? error.message : error}\n`);
  process.exit(EXIT_USAGE);
}

function exitWith(message: string): (error: unknown) => never {
  return (error) => {
    logger.fatal({ err: error }, message);
    process.exit(EXIT_LOST);
  };
}
