import type { JobFile, Prices } from './job-file.ts';
import { LABEL } from './names.ts';
import type { RuneAgent, RuneBackend, RuneJob } from './types.ts';

/** Of an agent's container whose RuneAgent names none. */
export const AGENT_MEMORY_LIMIT = '1Gi';

/** What the runner is told of an attempt, by what its manifests say. Pure. */
export function makeJobFile(job: RuneJob, attempt: number, agent: RuneAgent, backend: RuneBackend): JobFile {
  const { spec, metadata } = job;
  const { openai, ollama } = backend.spec;
  const run = metadata.labels?.[LABEL.run];
  const runUid = metadata.labels?.[LABEL.runUid];
  const model = backend.spec.models?.find((one) => one.name === spec.model.name);
  const prices = spec.model.prices ?? pricesOf(backend, spec.model.name);
  return {
    v: 1,
    namespace: metadata.namespace ?? '',
    name: metadata.name ?? '',
    uid: metadata.uid ?? '',
    attempt,
    trial: spec.trial,
    ...(run === undefined ? {} : { run }),
    ...(runUid === undefined ? {} : { runUid }),
    ...(spec.seed === undefined ? {} : { seed: spec.seed }),
    agent: { name: spec.agent.ref.name, options: spec.agent.options ?? {}, ...howToCall(agent) },
    model: {
      name: spec.model.name,
      ...(model?.contextWindow === undefined ? {} : { contextWindow: model.contextWindow }),
    },
    backend: {
      name: spec.model.backendRef.name,
      type: openai === undefined ? 'ollama' : 'openai',
      url: (openai?.baseURL ?? ollama?.url ?? '').replace(/\/+$/, ''),
      hasApiKey: openai?.apiKeySecretRef !== undefined,
      requestTimeoutSeconds: backend.spec.requestTimeoutSeconds,
    },
    ...(prices === undefined ? {} : { prices }),
    ...(spec.budget === undefined ? {} : { budget: spec.budget }),
    activeDeadlineSeconds: spec.activeDeadlineSeconds,
  };
}

/** What the model costs on the backend; undefined when no price is known. */
export function pricesOf(backend: RuneBackend, model: string): Prices | undefined {
  return backend.spec.models?.find((one) => one.name === model)?.prices ?? backend.spec.prices;
}

function howToCall({ spec }: RuneAgent): Pick<JobFile['agent'], 'container' | 'openai'> {
  const { container, openai } = spec;
  if (container === undefined) return { openai: openai ?? { stream: true } };
  const { requests, limits } = container.resources ?? {};
  const memoryLimit = String(limits?.['memory'] ?? requests?.['memory'] ?? AGENT_MEMORY_LIMIT);
  return { container: { startTimeoutSeconds: container.startTimeoutSeconds, memoryLimit } };
}
