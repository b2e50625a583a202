import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const QUEUE_SECONDS = [...SECONDS, 30, 60, 120, 300];

export type Metrics = ReturnType<typeof createMetrics>;

/**
 * All metrics of the operator, on a registry of their own. Those of the work queue and of the API client have the names
 * that client-go uses, so that existing dashboards and alerts work. No label ever holds an object's name.
 */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  /** Those that measure work in progress, asked at each scrape. */
  const queues = new Set<{ reportUnfinishedWork: () => void }>();
  const byName = { registers, labelNames: ['name'] as const };
  return {
    registry,
    queues,
    workqueue: {
      depth: new Gauge({ name: 'workqueue_depth', help: 'Keys that wait.', ...byName }),
      adds: new Counter({ name: 'workqueue_adds_total', help: 'Keys added.', ...byName }),
      retries: new Counter({ name: 'workqueue_retries_total', help: 'Keys added again after a failure.', ...byName }),
      wait: new Histogram({
        name: 'workqueue_queue_duration_seconds',
        help: 'How long a key waits.',
        buckets: QUEUE_SECONDS,
        ...byName,
      }),
      work: new Histogram({
        name: 'workqueue_work_duration_seconds',
        help: 'How long a key is worked on.',
        buckets: SECONDS,
        ...byName,
      }),
      unfinished: new Gauge({
        name: 'workqueue_unfinished_work_seconds',
        help: 'Time spent so far on all keys that are worked on.',
        ...byName,
        collect: () => {
          for (const queue of queues) queue.reportUnfinishedWork();
        },
      }),
      longestRunning: new Gauge({
        name: 'workqueue_longest_running_processor_seconds',
        help: 'Time spent so far on the key that is worked on the longest.',
        ...byName,
      }),
    },
    reconcile: {
      total: new Counter({
        name: 'controller_runtime_reconcile_total',
        help: 'Reconciles by result: success, requeue_after or error.',
        labelNames: ['controller', 'result'] as const,
        registers,
      }),
      duration: new Histogram({
        name: 'controller_runtime_reconcile_time_seconds',
        help: 'How long a reconcile takes.',
        labelNames: ['controller'] as const,
        buckets: SECONDS,
        registers,
      }),
    },
    client: {
      requests: new Counter({
        name: 'rest_client_requests_total',
        help: 'Requests to the API server by method and status code; code <error> when no answer came.',
        labelNames: ['method', 'code'] as const,
        registers,
      }),
      duration: new Histogram({
        name: 'rest_client_request_duration_seconds',
        help: 'How long the API server takes to answer.',
        labelNames: ['verb'] as const,
        buckets: SECONDS,
        registers,
      }),
    },
    informer: {
      connected: new Gauge({
        name: 'rune_informer_connected',
        help: '1 while the watch of a kind is open.',
        labelNames: ['kind'] as const,
        registers,
      }),
      objects: new Gauge({
        name: 'rune_informer_objects',
        help: 'Objects in the cache of a kind.',
        labelNames: ['kind'] as const,
        registers,
      }),
      relists: new Counter({
        name: 'rune_informer_lists_total',
        help: 'Full lists of a kind: the first and each after a resourceVersion became too old.',
        labelNames: ['kind'] as const,
        registers,
      }),
      failures: new Counter({
        name: 'rune_informer_failures_total',
        help: 'Lists and watches of a kind that failed.',
        labelNames: ['kind'] as const,
        registers,
      }),
    },
    emergencyStop: new Gauge({
      name: 'rune_emergency_stop',
      help: '1 while an emergency stop is in force, as the process that works sees it.',
      registers,
    }),
    isLeader: new Gauge({ name: 'rune_leader', help: '1 while this process holds the Lease.', registers }),
    events: new Counter({
      name: 'rune_events_total',
      help: 'Kubernetes Events by what became of them: written, dropped or failed.',
      labelNames: ['result'] as const,
      registers,
    }),
    probes: new Counter({
      name: 'rune_runebackend_probes_total',
      help: 'Probes of RuneBackends by result.',
      labelNames: ['result'] as const,
      registers,
    }),
    runs: {
      finished: new Counter({
        name: 'rune_runerun_finished_total',
        help: 'RuneRuns that finished, by the reason of their condition Finished.',
        labelNames: ['outcome'] as const,
        registers,
      }),
    },
    jobs: {
      finished: new Counter({
        name: 'rune_runejob_finished_total',
        help: 'RuneJobs that finished, by outcome.',
        labelNames: ['outcome'] as const,
        registers,
      }),
      attempts: new Counter({
        name: 'rune_runejob_attempts_total',
        help: 'Attempts that ended, by outcome.',
        labelNames: ['outcome'] as const,
        registers,
      }),
      runnerPods: new Gauge({
        name: 'rune_runner_pods',
        help: 'Attempts that count against --max-runner-pods: those with a runner Pod, or about to have one.',
        registers,
      }),
    },
  };
}
