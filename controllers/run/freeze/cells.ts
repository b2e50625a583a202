import type { FrozenCell } from '../../../crds/frozen-run.ts';
import { pricesOf } from '../../../crds/make-job-file.ts';
import { RUN_STARTED_REASON } from '../../../crds/names.ts';
import type { RuneAgent, RuneBackend, RuneBenchmark } from '../../../crds/types.ts';
import type { Matrix } from './matrix.ts';
import { refuse, waitFor } from './not-frozen.ts';
import { sha256 } from './question-secrets.ts';

export type Catalogue = {
  agent: (name: string) => RuneAgent | undefined;
  /** Of the run's namespace. */
  backend: (name: string) => RuneBackend | undefined;
};

/** The cells with what their agents and backends say now. */
export function frozenCells({ cells }: Matrix, benchmark: RuneBenchmark, catalogue: Catalogue): FrozenCell[] {
  return cells.map(({ agent, model }) => {
    const runeAgent = agentOf(agent.agentRef.name, benchmark, catalogue);
    const backend = backendOf(model.backendRef.name, catalogue);
    const image = runeAgent.spec.container?.image;
    const prices = pricesOf(backend, model.name);
    return {
      agent,
      model,
      agentGeneration: runeAgent.metadata.generation ?? 0,
      agentSHA256: agentSHA256(runeAgent),
      backendGeneration: backend.metadata.generation ?? 0,
      ...(image === undefined ? {} : { agentImage: image }),
      ...(prices === undefined ? {} : { prices }),
    };
  });
}

/** Of what decides on its answers; its names and classes do not. */
function agentSHA256({ spec: { container, openai, needsKubernetes } }: RuneAgent): string {
  return sha256(JSON.parse(JSON.stringify({ container, openai, needsKubernetes }))).slice(0, 12);
}

function agentOf(name: string, benchmark: RuneBenchmark, catalogue: Catalogue): RuneAgent {
  const agent = catalogue.agent(name);
  if (agent === undefined) {
    const message = `There is no RuneAgent "${name}": create it, and the run goes on by itself.`;
    return waitFor(RUN_STARTED_REASON.agentNotFound, message);
  }
  const { spec } = agent;
  if (spec.container === undefined && spec.openai === undefined) {
    const why = (spec.unavailable?.reason ?? 'it names no way to call it').replace(/[.\s]*$/, '.');
    return waitFor(
      RUN_STARTED_REASON.agentNotCallable,
      `RuneAgent "${name}" cannot be called: ${why} The run goes on by itself once it can; else take it out of the benchmark.`,
    );
  }
  if (spec.needsKubernetes && benchmark.spec.jobTemplate.pod?.serviceAccountName === undefined) {
    const message = `RuneAgent "${name}" looks at a cluster: set jobTemplate.pod.serviceAccountName of the RuneBenchmark, and create the run again.`;
    return refuse(RUN_STARTED_REASON.serviceAccountRequired, message);
  }
  return agent;
}

function backendOf(name: string, catalogue: Catalogue): RuneBackend {
  const backend = catalogue.backend(name);
  if (backend !== undefined) return backend;
  const message = `There is no RuneBackend "${name}" in this namespace: create it, and the run goes on by itself.`;
  return waitFor(RUN_STARTED_REASON.backendNotFound, message);
}
