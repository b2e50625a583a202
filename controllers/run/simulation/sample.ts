import type { FrozenRun } from '../../../crds/frozen-run.ts';
import { API_VERSION } from '../../../crds/names.ts';
import type { RuneBackend, RuneJob, RuneRun } from '../../../crds/types.ts';
import { jobOfCase } from '../job-of-case.ts';
import { started } from '../status.ts';

type JobStatus = NonNullable<RuneJob['status']>;

const NOW = Date.parse('2026-11-25T00:00:00Z');

export function sampleBackend(maxConcurrentJobs: number): RuneBackend {
  return {
    apiVersion: API_VERSION as RuneBackend['apiVersion'],
    kind: 'RuneBackend',
    metadata: { name: 'local', namespace: 'team' },
    spec: { ollama: { url: 'http://model' }, maxConcurrentJobs, requestTimeoutSeconds: 60, probeIntervalSeconds: 60 },
    status: { observedGeneration: 1 },
  };
}

type Shape = { agents?: number; models?: number; questions?: number; trials?: number };

export function sampleFrozen(
  { agents = 2, models = 2, questions = 10, trials = 5 }: Shape = {},
  more: Partial<FrozenRun> = {},
): FrozenRun {
  const names = (prefix: string, count: number) => Array.from({ length: count }, (_, index) => `${prefix}${index}`);
  return {
    v: 1,
    cells: names('agent-', agents).flatMap((agent) =>
      names('model-', models).map((model) => ({
        agent: { name: agent, agentRef: { name: 'direct' } },
        model: { name: model, backendRef: { name: 'local' } },
        agentGeneration: 1,
        agentSHA256: '0123456789ab',
        backendGeneration: 1,
        prices: { inputPerMillionTokensUSD: '1', outputPerMillionTokensUSD: '2' },
      })),
    ),
    questions: names('q', questions).map((id) => ({ id, sha256: '0123456789ab', secret: 0 })),
    secrets: ['run-0123'],
    trials,
    seed: 7,
    order: 'Interleaved',
    parallelism: 10,
    jobTemplate: {
      startDeadlineSeconds: 3600,
      activeDeadlineSeconds: 600,
      backoffLimit: 3,
      ttlSecondsAfterFinished: 86_400,
      priority: 0,
    },
    benchmark: { name: 'nightly', uid: 'benchmark', generation: 1 },
    ...more,
  };
}

/** The RuneJob of a case as the API server shows it, with this status. */
export function sampleJob(run: RuneRun, frozen: FrozenRun, index: number, status: Partial<JobStatus> = {}): RuneJob {
  const { metadata, spec, ...kind } = jobOfCase(run, frozen, index) as RuneJob;
  const uid = `${metadata.name}-uid`;
  return {
    ...kind,
    metadata: { ...metadata, uid },
    spec: { ...spec, suspend: false, cancel: false },
    status: { observedGeneration: 1, ...status },
  };
}

/** A run that has started with this content. */
export function sampleRun(frozen: FrozenRun, spec: Partial<RuneRun['spec']> = {}): RuneRun {
  const run: RuneRun = {
    apiVersion: API_VERSION as RuneRun['apiVersion'],
    kind: 'RuneRun',
    metadata: {
      name: 'nightly-1',
      namespace: 'team',
      uid: 'run-uid',
      generation: 1,
      resourceVersion: '0',
      creationTimestamp: new Date(NOW).toISOString(),
    },
    spec: { benchmarkRef: { name: 'nightly' }, trigger: 'Manual', suspend: false, cancel: false, ...spec },
    status: { observedGeneration: -1 },
  };
  return { ...run, status: started(run, frozen, undefined, NOW) };
}
