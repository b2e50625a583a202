import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { RuneBenchmark } from '../../crds/types.ts';

/**
 * Of what a benchmark says that decides on what a run of it measures: a change of the rest asks for no run.
 * @param benchmark as the cache keeps it, see {@link ./project.ts}
 */
export function contentSHA256({ spec }: RuneBenchmark): string {
  const { agents, models, suiteRefs, questions, trials, jobTemplate } = spec;
  const { activeDeadlineSeconds, budget, pod } = jobTemplate;
  return sha256({ agents, models, suiteRefs, questions, trials, limits: { activeDeadlineSeconds, budget, pod } });
}

/** Of the value's canonical JSON (RFC 8785), in hexadecimal digits. */
export function sha256(value: unknown): string {
  return createHash('sha256')
    .update(canonicalize(JSON.parse(JSON.stringify(value))) ?? '')
    .digest('hex');
}
