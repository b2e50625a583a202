import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { RuneBenchmark } from '../../crds/types.ts';

/** What of a benchmark decides on what a run measures: a change of the rest is none that asks for a run. */
export function contentSHA256({ spec }: RuneBenchmark): string {
  const { agents, models, suiteRefs, questions, trials, jobTemplate } = spec;
  const content = JSON.parse(JSON.stringify({ agents, models, suiteRefs, questions, trials, jobTemplate }));
  return sha256(content);
}

/** Of the value's canonical JSON (RFC 8785), in hexadecimal digits. */
export function sha256(value: unknown): string {
  return createHash('sha256')
    .update(canonicalize(value) ?? '')
    .digest('hex');
}
