import { describe, expect, it } from 'vitest';
import type { AskEnd } from './classify.ts';
import { classify } from './classify.ts';
import type { CallKind, CallRecord } from './meter/call.ts';
import { NO_TOKENS } from './meter/call.ts';
import { testJob } from './testing/job.ts';
import type { AgentFailureKind } from './transports/container/failure.ts';

const call = (kind: CallKind, more: Partial<CallRecord> = {}): CallRecord => ({
  number: 1,
  path: '/v1/chat/completions',
  streamed: true,
  kind,
  tokens: NO_TOKENS,
  estimated: false,
  toolCalls: [],
  startedAt: 0,
  endedAt: 1,
  ...more,
});

const job = testJob({
  backend: { name: 'b', requestTimeoutSeconds: 7 },
  model: { name: 'm' },
  activeDeadlineSeconds: 60,
});
const judge = (end: AskEnd, ...calls: CallRecord[]) => classify(end, { job, calls });
const FAILED: AskEnd = { kind: 'failed', message: 'socket hang up' };
const ANSWERED: AskEnd = { kind: 'answered', answer: 'Paris', findings: [] };

describe('the call that ended the run', () => {
  it.each<[CallRecord, string, string, boolean, string]>([
    [
      call('rateLimited', { status: 429, detail: 'Slow down.' }),
      'Throttled',
      'RateLimited',
      true,
      'The backend "b" limits the rate of calls (429): Slow down.',
    ],
    [call('serverError', { status: 503 }), 'BackendError', 'ServerError', true, 'The backend "b" failed (503).'],
    [
      call('serverError', { status: 200, detail: 'oops' }),
      'BackendError',
      'ServerError',
      true,
      'The backend "b" failed amid its answer: oops.',
    ],
    [
      call('unreachable', { detail: 'connection refused' }),
      'BackendError',
      'Unreachable',
      true,
      'The backend "b" cannot be reached at http://127.0.0.1:9/v1: connection refused.',
    ],
    [
      call('untrusted', { detail: 'CERT_HAS_EXPIRED' }),
      'BackendError',
      'Unreachable',
      false,
      'The certificate of http://127.0.0.1:9/v1 is not trusted: CERT_HAS_EXPIRED: fix the certificate, or the URL in RuneBackend "b".',
    ],
    [
      call('timedOut'),
      'BackendError',
      'TimedOut',
      true,
      'The backend "b" sent nothing for 7 s (spec.requestTimeoutSeconds).',
    ],
    [call('streamCut', { status: 200 }), 'BackendError', 'StreamCut', true, 'The backend "b" cut its answer short.'],
    [
      call('badResponse', { status: 200, detail: 'its answer is not JSON' }),
      'BackendError',
      'BadResponse',
      true,
      'The backend "b" gave an answer that cannot be read: its answer is not JSON.',
    ],
    [
      call('redirected', { status: 308 }),
      'BackendError',
      'BadResponse',
      false,
      'The backend "b" redirects (308), which is not followed: set spec.openai.baseURL of RuneBackend "b" to the final URL.',
    ],
    [
      call('keyRefused', { status: 403 }),
      'BackendError',
      'KeyRefused',
      false,
      'The backend asks for a key (403): name a Secret that holds it in spec.openai.apiKeySecretRef of RuneBackend "b".',
    ],
    [
      call('modelNotFound', { status: 404 }),
      'BackendError',
      'ModelNotFound',
      false,
      'The backend "b" does not know the model "m": check spec.model.name, or have it served there; kubectl get rb b -o yaml lists what is.',
    ],
    [
      call('promptTooLong', { status: 400 }),
      'AgentError',
      'PromptTooLong',
      false,
      'The prompt is too long for the model "m".',
    ],
    [
      call('requestRefused', { status: 422, detail: 'no such field' }),
      'BackendError',
      'RequestRefused',
      false,
      'The backend "b" refused the request (422): no such field: check spec.openai.baseURL of RuneBackend "b" and the job\'s options.',
    ],
    [call('budgetExceeded', { detail: 'It is spent.' }), 'BudgetExceeded', 'BudgetSpent', false, 'It is spent.'],
  ])('%j', (record, outcome, reason, retryable, message) => {
    const expected = { outcome, reason, retryable, message };
    expect(judge(FAILED, record)).toEqual(expected);
    // An agent may reword a failure, or hide it behind an answer.
    expect(judge(ANSWERED, record)).toEqual(expected);
    expect(judge({ kind: 'deadline' }, record)).toEqual(expected);
    expect(judge(FAILED, call('ok'), record, call('aborted'))).toEqual(expected);
  });

  it.each<[string, boolean, RegExp]>([
    [
      'openai',
      true,
      /^The backend refused the key \(401\): check the Secret named by apiKeySecretRef of RuneBackend "b"\.$/,
    ],
    ['ollama', false, /which backends of type ollama have none of/],
  ])('advises on the key of %s', (type, hasApiKey, message) => {
    const of = { ...job, backend: { ...job.backend, type: type as 'openai' | 'ollama', hasApiKey } };
    expect(classify(FAILED, { job: of, calls: [call('keyRefused', { status: 401 })] })?.message).toMatch(message);
  });

  it.each(['rateLimited', 'serverError'] as const)('hands on how long to wait after %s', (kind) => {
    expect(judge(FAILED, call(kind, { status: 503, retryAfterSeconds: 30 }))).toMatchObject({ retryAfterSeconds: 30 });
  });
});

describe('the end of the ask', () => {
  it('is an answer to be scored when the last call went well, whatever came before', () => {
    expect(judge(ANSWERED, call('ok'))).toBeUndefined();
    expect(judge(ANSWERED, call('serverError', { status: 500 }), call('ok'))).toBeUndefined();
  });

  it.each<[string, AskEnd, CallRecord[], object]>([
    [
      'an empty answer',
      { kind: 'answered', answer: ' \n', findings: [] },
      [call('ok')],
      { outcome: 'AgentError', reason: 'EmptyAnswer', retryable: false },
    ],
    [
      'a bad option',
      { kind: 'badOption', message: 'The agent has no option "x".' },
      [],
      { outcome: 'AgentError', reason: 'BadOption', message: 'The agent has no option "x".' },
    ],
    [
      'the deadline',
      { kind: 'deadline' },
      [call('aborted')],
      {
        outcome: 'AgentTimeout',
        reason: 'DeadlineExceeded',
        message: 'The agent had not answered after 60 s (activeDeadlineSeconds).',
      },
    ],
    [
      'the deadline after good calls',
      { kind: 'deadline' },
      [call('serverError', { status: 500 }), call('ok')],
      { outcome: 'AgentTimeout' },
    ],
    [
      'the deadline after a call that hung',
      { kind: 'deadline' },
      [call('timedOut'), call('ok')],
      { outcome: 'BackendError', reason: 'TimedOut', retryable: true },
    ],
    [
      'the deadline amid a streamed call that brought nothing',
      { kind: 'deadline' },
      [call('ok'), call('aborted', { silent: true, startedAt: 0, endedAt: 31_000 })],
      {
        outcome: 'BackendError',
        reason: 'TimedOut',
        retryable: true,
        message: 'The backend "b" sent nothing until the job\'s deadline, after 60 s (activeDeadlineSeconds).',
      },
    ],
    [
      'the deadline amid a streamed call that had only begun',
      { kind: 'deadline' },
      [call('ok'), call('aborted', { silent: true, startedAt: 31_000, endedAt: 60_000 })],
      { outcome: 'AgentTimeout' },
    ],
    [
      'an answer that only the runner cannot read',
      { kind: 'unreadable', message: 'its answer is not JSON' },
      [call('ok')],
      {
        outcome: 'BackendError',
        reason: 'BadResponse',
        retryable: true,
        message: 'The backend "b" gave an answer that cannot be read: its answer is not JSON.',
      },
    ],
    [
      'being told to stop',
      { kind: 'terminated' },
      [call('serverError', { status: 500 })],
      { outcome: 'InfraError', reason: 'Terminated', retryable: true },
    ],
    [
      'a failure that the meter knows nothing of',
      FAILED,
      [call('aborted')],
      { outcome: 'InfraError', reason: 'RunnerFailed' },
    ],
  ])('%s', (_, end, calls, expected) => {
    expect(judge(end, ...calls)).toMatchObject(expected);
  });
});

describe('an agent in a container that did not answer', () => {
  const fail = (failure: AgentFailureKind): AskEnd => ({ kind: 'agentFailed', failure, message: 'it broke.' });

  it.each<AgentFailureKind>([
    'agent',
    'model',
    'timeout',
    'infrastructure',
    'exit',
    'signal',
    'no_result',
    'restarted',
  ])('is not to blame for %s where its last call failed', (failure) => {
    expect(judge(fail(failure), call('rateLimited', { status: 429 }))).toMatchObject({ outcome: 'Throttled' });
  });

  it.each<AgentFailureKind>(['bad_option', 'protocol', 'start', 'out_of_memory', 'output_too_large', 'not_ready'])(
    'is to blame for %s all the same',
    (failure) => {
      expect(judge(fail(failure), call('rateLimited', { status: 429 }))).toMatchObject({ outcome: 'AgentError' });
    },
  );

  it.each<AgentFailureKind>(['model', 'timeout'])('is not to blame for %s where the last call hung', (failure) => {
    const hung = call('aborted', { silent: true, startedAt: 0, endedAt: 31_000 });
    expect(judge(fail(failure), hung)).toMatchObject({
      outcome: 'BackendError',
      reason: 'TimedOut',
      message: 'The backend "b" sent nothing for more than half of the 60 s (activeDeadlineSeconds).',
    });
  });

  it.each<[AgentFailureKind, object]>([
    ['model', { outcome: 'AgentError', reason: 'AgentFailed', message: expect.stringContaining('the meter saw none') }],
    ['timeout', { outcome: 'AgentTimeout', reason: 'AgentGaveUp' }],
    ['infrastructure', { outcome: 'InfraError', reason: 'AgentUnequipped', retryable: true }],
    ['cancelled', { outcome: 'AgentError', reason: 'AgentFailed' }],
    ['exit', { outcome: 'AgentError', reason: 'AgentFailed', message: 'The agent failed: it broke.' }],
  ])('is judged by %s where the meter saw no failure', (failure, expected) => {
    expect(judge(fail(failure), call('ok'))).toMatchObject({ retryable: false, ...expected });
    expect(judge(fail(failure))).toMatchObject({ retryable: false, ...expected });
  });
});
