import { CASE, CASE_OPEN } from '../../crds/cases.ts';
import { findCondition } from '../../crds/conditions.ts';
import { CONDITION, MEASURED } from '../../crds/names.ts';
import type { RuneJob } from '../../crds/types.ts';

/** What of a RuneJob counts in its run. */
export type JobRecord = {
  name: string;
  uid: string;
  /** See crds/cases.ts. */
  case: string;
  isCancelled: boolean;
  /** Whether an attempt is in progress. */
  hasAttempt: boolean;
  /** From ask to answer, in milliseconds, of a job that answered. */
  latency?: number;
  inputTokens: number;
  outputTokens: number;
  cachedTokens: number;
  hasUsage: boolean;
  /** Of all attempts that ended, in millionths of a US dollar; absent while nothing is known. */
  costMicroUSD?: number;
  /** Attempts that ended without a known cost, and may have cost something all the same. */
  lostAttempts: number;
  retries: number;
  load: number;
  /** Digest and generation of the agent that it was asked of; of one that was measured. */
  agent?: string;
  /** Whether its result lies in S3. */
  isArchived: boolean;
  /** Why it does not, where there is somewhere to put it. */
  unarchived?: string;
};

/** Latencies of these are of an agent that answered. */
const ANSWERED = new Set(['Passed', 'Failed', 'Answered']);

export function recordOf({ metadata, spec, status = {} }: RuneJob): JobRecord {
  const { outcome, usage, timings, provenance, attempts = [] } = status;
  const latency = timings?.agentMilliseconds;
  const isMeasured = outcome !== undefined && MEASURED.has(outcome);
  // Of what was lost with its Pod nobody knows the image.
  const agent = isMeasured ? (provenance?.agentImage ?? provenance?.agentGeneration?.toString()) : undefined;
  const { costMicroUSD } = status;
  const archived = findCondition(status.conditions, CONDITION.archived);
  return {
    name: metadata.name ?? '',
    uid: metadata.uid ?? '',
    case: outcome === undefined ? CASE_OPEN : CASE[outcome],
    isCancelled: spec.cancel,
    hasAttempt: attempts.length > 0 && attempts.at(-1)?.outcome === undefined,
    ...(latency !== undefined && outcome !== undefined && ANSWERED.has(outcome) ? { latency } : {}),
    inputTokens: usage?.inputTokens ?? 0,
    outputTokens: usage?.outputTokens ?? 0,
    cachedTokens: usage?.cachedTokens ?? 0,
    hasUsage: usage !== undefined,
    ...(costMicroUSD === undefined ? {} : { costMicroUSD }),
    lostAttempts: attempts.filter((one) => one.outcome !== undefined && one.costMicroUSD === undefined).length,
    retries: status.retries ?? 0,
    load: status.load ?? 0,
    ...(agent === undefined ? {} : { agent: `${agent}@${provenance?.agentGeneration ?? ''}` }),
    isArchived: archived?.status === 'True',
    ...(archived?.status === 'False' && archived.reason !== 'NotConfigured' ? { unarchived: archived.reason } : {}),
  };
}
