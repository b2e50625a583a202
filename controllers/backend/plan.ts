import { isDeepStrictEqual } from 'node:util';
import { type Condition, findCondition, type NewCondition, setCondition } from '../../crds/conditions.ts';
import { CONDITION } from '../../crds/names.ts';
import type { RuneBackend } from '../../crds/types.ts';
import { backendURL, type ProbeResult } from './probe.ts';
import { describeFailure } from './probe-failure.ts';

export type BackendStatus = NonNullable<RuneBackend['status']>;
type Said = Pick<NewCondition, 'status' | 'reason' | 'message'>;
export type BackendPlan = {
  /** A merge patch; undefined when the object says all of it already. */
  status?: BackendStatus;
  events: { type: 'Normal' | 'Warning'; reason: string; message: string }[];
  requeueAfterMilliseconds: number;
};

const MAX_MODELS = 200;
const MAX_MODEL_LENGTH = 128;
const FIRST_RETRY_SECONDS = 2;

/**
 * What a probe says about a backend, and when to probe next.
 * @param failures How many probes in a row have failed, this one included; 0 after one that did not.
 * @param now RFC 3339
 */
export function planBackend(backend: RuneBackend, result: ProbeResult, failures: number, now: string): BackendPlan {
  const observedGeneration = backend.metadata.generation ?? 0;
  const before = backend.status?.conditions ?? [];
  const ready = { type: CONDITION.ready, observedGeneration, ...reachability(backend, result) };
  const present = { type: CONDITION.modelsPresent, observedGeneration, ...presence(backend, result) };
  const said = {
    observedGeneration,
    url: backendURL(backend),
    conditions: setCondition(setCondition(before, ready, now), present, now),
    models: result.kind === 'listed' ? listOf(result.models) : [],
  };
  const requeueAfterMilliseconds = 1000 * pauseSeconds(backend.spec.probeIntervalSeconds, failures);
  if (isDeepStrictEqual(withoutTime(backend.status), said)) return { events: [], requeueAfterMilliseconds };
  const events = [...news(before, ready), ...(present.status === 'False' ? news(before, present) : [])];
  return { status: { ...said, lastProbeTime: now }, events, requeueAfterMilliseconds };
}

export function isFailure({ kind }: ProbeResult): boolean {
  return kind !== 'listed' && kind !== 'keyNeeded';
}

function reachability(backend: RuneBackend, result: ProbeResult): Said {
  if (result.kind === 'listed') return { status: 'True', reason: 'Reachable', message: 'The list of models was read.' };
  if (result.kind === 'keyNeeded') {
    const message = `It answers ${result.status} without the key, which only runners hold.`;
    return { status: 'True', reason: 'Reachable', message };
  }
  return { status: 'False', ...describeFailure(backend, result) };
}

function presence(backend: RuneBackend, result: ProbeResult): Said {
  if (result.kind === 'keyNeeded')
    return {
      status: 'Unknown',
      reason: 'KeyNeeded',
      message: 'The list of models is shown only to holders of the key.',
    };
  if (result.kind !== 'listed')
    return { status: 'Unknown', reason: 'NotReachable', message: 'The list of models could not be read.' };
  const served = new Set(result.models);
  const isServed = (name: string) =>
    served.has(name) || (backend.spec.ollama !== undefined && served.has(`${name}:latest`));
  const missing = (backend.spec.models ?? []).map(({ name }) => name).filter((name) => !isServed(name));
  if (missing.length === 0) return { status: 'True', reason: 'Found', message: 'Each of spec.models is served.' };
  const message = `Not served: ${missing.join(', ')}. Load them on the backend, or correct spec.models.`;
  return { status: 'False', reason: 'ModelsMissing', message };
}

function news(before: readonly Condition[], condition: NewCondition): BackendPlan['events'] {
  const old = findCondition(before, condition.type);
  const { reason, message, status } = condition;
  if (old?.status === status && old.reason === reason) return [];
  return [{ type: status === 'False' ? 'Warning' : 'Normal', reason, message }];
}

/** After a failure soon again, 2, 4, 8 ... seconds, but never less often than the interval asks for. */
function pauseSeconds(interval: number, failures: number): number {
  return failures === 0 ? interval : Math.min(interval, FIRST_RETRY_SECONDS ** Math.min(failures, 16));
}

/** Sorted, so that a backend that lists its models in changing order does not cause a write each time. */
function listOf(models: string[]): string[] {
  const fitting = models.filter((name) => name.length <= MAX_MODEL_LENGTH);
  return [...new Set(fitting)].sort().slice(0, MAX_MODELS);
}

function withoutTime(status: RuneBackend['status']): Omit<BackendStatus, 'lastProbeTime'> | undefined {
  if (status === undefined) return undefined;
  const { lastProbeTime: _, ...rest } = status;
  return rest;
}
