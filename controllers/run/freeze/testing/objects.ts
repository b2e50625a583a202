import { API_VERSION } from '../../../../crds/names.ts';
import type { RuneAgent, RuneBackend, RuneBenchmark, RuneRun, RuneSuite } from '../../../../crds/types.ts';
import type { FreezeInput } from '../freeze.ts';
import { type ConfigMaps, Sources } from '../resolve-question.ts';

export type Question = RuneSuite['spec']['questions'][number];
type Prices = NonNullable<RuneBackend['spec']['prices']>;

export const NAMESPACE = 'team';
export const PRICES: Prices = { inputPerMillionTokensUSD: '1', outputPerMillionTokensUSD: '2' };

const metadata = (name: string) => ({ name, namespace: NAMESPACE, uid: `${name}-uid`, generation: 3 });

export function question(id: string, more: Partial<Question> = {}): Question {
  const expect = [{ weight: 1, contains: { any: ['a'], ignoreCase: false } }];
  return { id, prompt: `What is ${id}?`, critical: false, passMarkPermille: 1000, expect, ...more };
}

export function suite(name: string, questions: readonly Question[]): RuneSuite {
  return {
    apiVersion: API_VERSION,
    kind: 'RuneSuite',
    metadata: metadata(name),
    spec: { questions: [...questions] as RuneSuite['spec']['questions'] },
  };
}

export function benchmark(more: Partial<RuneBenchmark['spec']> = {}): RuneBenchmark {
  return {
    apiVersion: API_VERSION,
    kind: 'RuneBenchmark',
    metadata: metadata('nightly'),
    spec: {
      agents: [{ name: 'plain', agentRef: { name: 'direct' } }],
      models: [{ name: 'small', backendRef: { name: 'models' } }],
      suiteRefs: [{ name: 'basics' }],
      trials: 2,
      concurrencyPolicy: 'Forbid',
      suspend: false,
      runOnChange: false,
      parallelism: 10,
      order: 'Interleaved',
      jobTemplate: JOB_TEMPLATE,
      successfulRunsHistoryLimit: 10,
      failedRunsHistoryLimit: 3,
      ...more,
    },
  };
}

export const JOB_TEMPLATE: RuneBenchmark['spec']['jobTemplate'] = {
  startDeadlineSeconds: 1200,
  activeDeadlineSeconds: 60,
  backoffLimit: 3,
  ttlSecondsAfterFinished: 86_400,
  priority: 0,
};

export function run(more: Partial<RuneRun['spec']> = {}, name = 'nightly-1'): RuneRun {
  return {
    apiVersion: API_VERSION,
    kind: 'RuneRun',
    metadata: metadata(name),
    spec: { benchmarkRef: { name: 'nightly' }, trigger: 'Manual', suspend: false, cancel: false, ...more },
  };
}

export function agent(more: Partial<RuneAgent['spec']> = { openai: { stream: true } }): RuneAgent {
  const about = { displayName: 'Direct', domain: 'SRE', tier: 'OSSNative', needsKubernetes: false } as const;
  const { namespace: _namespace, ...own } = metadata('direct');
  return { apiVersion: API_VERSION, kind: 'RuneAgent', metadata: own, spec: { ...about, ...more } };
}

export function backend(more: Partial<RuneBackend['spec']> = {}): RuneBackend {
  const limits = { maxConcurrentJobs: 1, requestTimeoutSeconds: 9, probeIntervalSeconds: 60 };
  const spec = { openai: { baseURL: 'http://models/v1' }, ...limits, ...more };
  return { apiVersion: API_VERSION, kind: 'RuneBackend', metadata: metadata('models'), spec };
}

/** All that a run of two questions, `a` and `b`, needs; without a price. */
export function input(
  more: Partial<Omit<FreezeInput, 'suites' | 'sources' | 'catalogue'>> & {
    suites?: RuneSuite[];
    configMaps?: { [name: string]: { [key: string]: string } };
    agents?: RuneAgent[];
    backends?: RuneBackend[];
  } = {},
): FreezeInput {
  const { suites = [suite('basics', [question('a'), question('b')])], configMaps = {}, ...rest } = more;
  const { agents = [agent()], backends = [backend()], ...asked } = rest;
  const named =
    <T extends { metadata: { name?: string } }>(all: readonly T[]) =>
    (name: string) =>
      all.find((one) => one.metadata.name === name);
  const dataOf: ConfigMaps = (name) => configMaps[name];
  return {
    run: run(),
    benchmark: benchmark(),
    runs: [],
    suites: named(suites),
    sources: new Sources(dataOf),
    catalogue: { agent: named(agents), backend: named(backends) },
    ...asked,
  };
}
