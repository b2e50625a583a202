import { API_VERSION, CONDITION } from '../../../crds/names.ts';
import type { RuneBenchmark, RuneRun } from '../../../crds/types.ts';

const CREATED = '2026-11-01T00:30:00Z';

export function sampleBenchmark(
  spec: Partial<RuneBenchmark['spec']> = {},
  status?: RuneBenchmark['status'],
): RuneBenchmark {
  const question = { id: 'a', prompt: '', critical: false, passMarkPermille: 1000 };
  return {
    apiVersion: API_VERSION as RuneBenchmark['apiVersion'],
    kind: 'RuneBenchmark',
    metadata: { name: 'nightly', namespace: 'team', uid: 'benchmark', generation: 1, creationTimestamp: CREATED },
    spec: {
      agents: [{ name: 'plain', agentRef: { name: 'direct' } }],
      models: [{ name: 'small', backendRef: { name: 'local' } }],
      questions: [question],
      trials: 1,
      concurrencyPolicy: 'Forbid',
      suspend: false,
      parallelism: 10,
      order: 'Interleaved',
      jobTemplate: {
        startDeadlineSeconds: 3600,
        activeDeadlineSeconds: 600,
        backoffLimit: 3,
        ttlSecondsAfterFinished: 86_400,
        priority: 0,
      },
      successfulRunsHistoryLimit: 10,
      failedRunsHistoryLimit: 3,
      ...spec,
    },
    status: status ?? { observedGeneration: -1 },
  };
}

/**
 * @param outcome how it ended; absent for one that goes on
 * @param hours after which it ended
 * @param conditions further ones, by type
 */
export function sampleRun(
  name: string,
  outcome?: string,
  spec: Partial<RuneRun['spec']> = {},
  hours = 0,
  conditions: Record<string, 'True' | 'False'> = {},
): RuneRun {
  const time = new Date(Date.parse('2026-11-02T00:00:00Z') + hours * 3_600_000).toISOString();
  const condition = (type: string, status: 'True' | 'False', reason = outcome ?? 'Running') => {
    return { type, status, reason, message: 'It is so.', lastTransitionTime: time };
  };
  const isGood = outcome === 'Complete' || outcome === 'PartlyMeasured';
  return {
    apiVersion: API_VERSION as RuneRun['apiVersion'],
    kind: 'RuneRun',
    metadata: {
      name,
      namespace: 'team',
      uid: `uid-${name}`,
      creationTimestamp: CREATED,
      ownerReferences: [
        { apiVersion: API_VERSION, kind: 'RuneBenchmark', name: 'nightly', uid: 'benchmark', controller: true },
      ],
    },
    spec: { benchmarkRef: { name: 'nightly' }, trigger: 'Schedule', suspend: false, cancel: false, ...spec },
    status: {
      observedGeneration: 1,
      ...(outcome === undefined ? {} : { completionTime: time, summary: { pass: '90.0%' } }),
      conditions: [
        condition(CONDITION.finished, outcome === undefined ? 'False' : 'True'),
        ...(outcome === undefined ? [] : [condition(CONDITION.succeeded, isGood ? 'True' : 'False')]),
        ...Object.entries(conditions).map(([type, status]) => condition(type, status, 'Told')),
      ],
    },
  };
}
