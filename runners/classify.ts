import type { JobFile } from '../crds/job-file.ts';
import type { Outcome } from '../crds/names.ts';
import type { ReportReason } from '../crds/report.ts';
import { judgeFailure } from './judge-failure.ts';
import type { CallKind, CallRecord } from './meter/call.ts';
import type { JSONObject } from './meter/reading.ts';
import type { AgentFailureKind } from './transports/container/failure.ts';

/** How putting the question ended, as the transport saw it. */
export type AskEnd =
  | { kind: 'answered'; answer: string; findings: JSONObject[] }
  | { kind: 'badOption'; message: string }
  /** The answer came, but is not what its wire format promises; the message speaks of it, as in "its answer is not JSON". */
  | { kind: 'unreadable'; message: string }
  | { kind: 'failed'; message: string }
  /** An agent in a container did not answer; the message is one line of what was told, without an end. */
  | { kind: 'agentFailed'; failure: AgentFailureKind; message: string }
  | { kind: 'deadline' }
  | { kind: 'terminated' };

export type Verdict = {
  outcome: Outcome;
  reason: ReportReason;
  message: string;
  retryable: boolean;
  retryAfterSeconds?: number;
};

type Context = { job: JobFile; calls: readonly CallRecord[] };

/** Says how the job ends without a score; undefined when there is an answer to be scored. The meter's record outweighs the agent's word. */
export function classify(end: AskEnd, context: Context): Verdict | undefined {
  if (end.kind === 'terminated') {
    return verdict('InfraError', 'Terminated', 'The runner was told to stop before the agent had answered.', true);
  }
  if (end.kind === 'badOption') return verdict('AgentError', 'BadOption', end.message, false);
  if (end.kind === 'agentFailed' && OWN_FAULTS.has(end.failure)) return judgeFailure(end, context.job);
  const failed = decisiveFailure(end, context.calls);
  if (failed !== undefined) return ROWS[failed.kind](failed, context.job);
  if (end.kind === 'agentFailed') return hungCall(end, context) ?? judgeFailure(end, context.job);
  if (end.kind === 'deadline') return atDeadline(context);
  if (end.kind === 'unreadable') {
    const message = `${the(context.job)} gave an answer that cannot be read: ${end.message}.`;
    return verdict('BackendError', 'BadResponse', message, true);
  }
  if (end.kind === 'failed')
    return verdict('InfraError', 'RunnerFailed', `The runner could not ask the agent: ${end.message}.`, true);
  if (end.answer.trim() === '') return verdict('AgentError', 'EmptyAnswer', 'The agent gave an empty answer.', false);
  return undefined;
}

/** What no call of a model can be the cause of. */
const OWN_FAULTS: ReadonlySet<AgentFailureKind> = new Set([
  'bad_option',
  'out_of_memory',
  'output_too_large',
  'protocol',
  'start',
  'not_ready',
]);

/** Whose the time was, when no call failed before the deadline: the backend's where a call hung, else the agent's. */
function atDeadline(context: Context): Verdict {
  const seconds = context.job.activeDeadlineSeconds;
  const message = `The agent had not answered after ${seconds} s (activeDeadlineSeconds).`;
  return hungCall({ kind: 'deadline' }, context) ?? verdict('AgentTimeout', 'DeadlineExceeded', message, false);
}

/**
 * A streamed call that took most of the time and brought nothing of an answer shows that the backend hung, whether the
 * deadline or the agent put an end to it. A call that was not streamed is silent until its answer is complete: since a
 * hang cannot be told from a slow answer, it is held against the agent, as every other way to take too long.
 */
function hungCall(end: AskEnd, { job, calls }: Context): Verdict | undefined {
  const seconds = job.activeDeadlineSeconds;
  const last = calls.at(-1);
  if (!last?.silent || last.endedAt - last.startedAt < (seconds * 1000) / 2) return undefined;
  const until = end.kind === 'deadline' ? "until the job's deadline, after" : 'for more than half of the';
  const message = `${the(job)} sent nothing ${until} ${seconds} s (activeDeadlineSeconds).`;
  return verdict('BackendError', 'TimedOut', message, true);
}

type FailedCall = CallRecord & { kind: Exclude<CallKind, 'ok' | 'aborted'> };

/**
 * The last call that was not aborted decides, if it failed. At the deadline a call that hung decides too, even when a
 * later one went well: the time was the backend's.
 */
function decisiveFailure(end: AskEnd, calls: readonly CallRecord[]): FailedCall | undefined {
  const last = calls.findLast((call) => call.kind !== 'aborted');
  if (last !== undefined && isFailed(last)) return last;
  return end.kind === 'deadline' ? calls.filter(isFailed).findLast((call) => call.kind === 'timedOut') : undefined;
}

function isFailed(call: CallRecord): call is FailedCall {
  return call.kind !== 'ok' && call.kind !== 'aborted';
}

const ROWS: { [kind in FailedCall['kind']]: (call: FailedCall, job: JobFile) => Verdict } = {
  rateLimited: (call, job) => ({
    ...verdict('Throttled', 'RateLimited', `${the(job)} limits the rate of calls (429)${words(call)}.`, true),
    ...retryAfter(call),
  }),
  serverError: (call, job) => ({
    ...verdict(
      'BackendError',
      'ServerError',
      `${the(job)} failed ${isAnswering(call) ? 'amid its answer' : `(${call.status})`}${words(call)}.`,
      true,
    ),
    ...retryAfter(call),
  }),
  unreachable: (call, job) =>
    verdict('BackendError', 'Unreachable', `${the(job)} cannot be reached at ${job.backend.url}${words(call)}.`, true),
  untrusted: (call, job) =>
    verdict(
      'BackendError',
      'Unreachable',
      `The certificate of ${job.backend.url} is not trusted${words(call)}: fix the certificate, or the URL in RuneBackend "${job.backend.name}".`,
      false,
    ),
  timedOut: (_, job) =>
    verdict(
      'BackendError',
      'TimedOut',
      `${the(job)} sent nothing for ${job.backend.requestTimeoutSeconds} s (spec.requestTimeoutSeconds).`,
      true,
    ),
  streamCut: (call, job) =>
    verdict('BackendError', 'StreamCut', `${the(job)} cut its answer short${words(call)}.`, true),
  badResponse: (call, job) =>
    verdict('BackendError', 'BadResponse', `${the(job)} gave an answer that cannot be read${words(call)}.`, true),
  redirected: (call, job) =>
    verdict(
      'BackendError',
      'BadResponse',
      `${the(job)} redirects (${call.status}), which is not followed: set ${urlField(job)} to the final URL.`,
      false,
    ),
  keyRefused: (call, job) => verdict('BackendError', 'KeyRefused', keyAdvice(call, job), false),
  modelNotFound: (_, job) =>
    verdict(
      'BackendError',
      'ModelNotFound',
      `${the(job)} does not know the model "${job.model.name}": check spec.model.name, or have it served there; kubectl get rb ${job.backend.name} -o yaml lists what is.`,
      false,
    ),
  promptTooLong: (call, job) =>
    verdict(
      'AgentError',
      'PromptTooLong',
      `The prompt is too long for the model "${job.model.name}"${words(call)}.`,
      false,
    ),
  requestRefused: (call, job) =>
    verdict(
      'BackendError',
      'RequestRefused',
      `${the(job)} refused the request (${call.status})${words(call)}: check ${urlField(job)} and the job's options.`,
      false,
    ),
  otherModel: (call) =>
    verdict('AgentError', 'OtherModel', `The agent asked for another model. ${call.detail ?? ''}`.trim(), false),
  budgetExceeded: (call) => verdict('BudgetExceeded', 'BudgetSpent', call.detail ?? 'The budget is spent.', false),
};

function verdict(outcome: Outcome, reason: ReportReason, message: string, retryable: boolean): Verdict {
  return { outcome, reason, message, retryable };
}

/** The error came after a status of success. */
function isAnswering({ status }: CallRecord): boolean {
  return status !== undefined && status < 300;
}

function retryAfter({ retryAfterSeconds }: CallRecord): { retryAfterSeconds?: number } {
  return retryAfterSeconds === undefined ? {} : { retryAfterSeconds };
}

function the({ backend }: JobFile): string {
  return `The backend "${backend.name}"`;
}

function urlField({ backend }: JobFile): string {
  return `${backend.type === 'openai' ? 'spec.openai.baseURL' : 'spec.ollama.url'} of RuneBackend "${backend.name}"`;
}

/** The backend's own words; they are already sanitized. */
function words({ detail }: CallRecord): string {
  const line = detail?.replace(/[.\s]+$/, '') ?? '';
  return line === '' ? '' : `: ${line}`;
}

function keyAdvice({ status }: CallRecord, { backend }: JobFile): string {
  if (backend.hasApiKey) {
    return `The backend refused the key (${status}): check the Secret named by apiKeySecretRef of RuneBackend "${backend.name}".`;
  }
  if (backend.type === 'openai') {
    return `The backend asks for a key (${status}): name a Secret that holds it in spec.openai.apiKeySecretRef of RuneBackend "${backend.name}".`;
  }
  return `The backend asks for a key (${status}), which backends of type ollama have none of: set spec.openai.baseURL and apiKeySecretRef in RuneBackend "${backend.name}" instead.`;
}
