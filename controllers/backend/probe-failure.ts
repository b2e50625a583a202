import type { RuneBackend } from '../../crds/types.ts';
import { type ProbeResult, probeTarget } from './probe.ts';

type Failure = Exclude<ProbeResult, { kind: 'listed' | 'keyNeeded' }>;

/** Why a backend is not ready: what was tried, what came of it, and what to check. */
export function describeFailure(backend: RuneBackend, failure: Failure): { reason: string; message: string } {
  const { url } = probeTarget(backend);
  const field = backend.spec.openai === undefined ? 'spec.ollama.url' : 'spec.openai.baseURL';
  switch (failure.kind) {
    case 'badStatus':
      return {
        reason: 'BadStatus',
        message: `GET ${url} answered ${failure.status}: ${statusHint(backend, failure.status, field)}`,
      };
    case 'badResponse':
      return { reason: 'BadResponse', message: `GET ${url} answered with ${failure.why}: check ${field}.` };
    case 'timedOut':
      return {
        reason: 'TimedOut',
        message: `GET ${url} got no answer within ${failure.seconds} s: check that the server runs and that NetworkPolicies let the operator reach it.`,
      };
    case 'unreachable':
      return {
        reason: 'Unreachable',
        message: `GET ${url} failed (${failure.code}): ${connectionHint(failure.code, field)}`,
      };
  }
}

function statusHint(backend: RuneBackend, status: number, field: string): string {
  if (status >= 300 && status < 400) return `redirects are not followed; set ${field} to where it leads.`;
  if (status === 404 && backend.spec.openai !== undefined)
    return `check that ${field} ends with the version, such as /v1.`;
  if (status >= 500) return "the server has trouble of its own; look at the server's log.";
  return `check that ${field} is right.`;
}

function connectionHint(code: string, field: string): string {
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `the host has no address; check the name in ${field}.`;
  if (code === 'ECONNREFUSED') return `nothing listens there; check the port in ${field} and that the server runs.`;
  if (/CERT|SIGN|VERIFY|ISSUER|TLS|SSL/.test(code))
    return "the server's certificate is not trusted; check it and the scheme.";
  return `check ${field}, and that the server runs and can be reached from the operator.`;
}
