import { createHash } from 'node:crypto';
import type { JobFile } from '../crds/job-file.ts';
import type { Report } from '../crds/report.ts';
import { ask } from './ask.ts';
import { type AskEnd, classify, type Verdict } from './classify.ts';
import type { CallRecord } from './meter/call.ts';
import { type Meter, startMeter } from './meter/meter.ts';
import { defined } from './meter/reading.ts';
import type { ParsedQuestion } from './question.ts';
import type { Scored } from './scoring/verdict.ts';
import type { EventLog } from './sink/events.ts';

export type RunOptions = {
  job: JobFile;
  question: ParsedQuestion;
  apiKey: string | undefined;
  /** Monotonic milliseconds. */
  clock: () => number;
  /** When the runner started, by the clock and by the calendar. */
  start: { monotonic: number; time: Date };
  events: EventLog;
  /** Aborted when the runner is told to stop. */
  terminate: AbortSignal;
  runnerVersion: string;
};

/** Carries out one attempt: puts the question to the agent, scores the answer, and reports. */
export async function runJob(options: RunOptions): Promise<Report> {
  const { job, question, clock, events, terminate } = options;
  const onCall = (call: CallRecord): void => logCall(events, call);
  const meter = await startMeter({ job, apiKey: options.apiKey, clock, onCall });
  const askedAt = clock();
  const end = ask({ job, prompt: question.prompt, meterURL: meter.url }, terminate);
  events.emit('progress', { phase: 'asked', agent: job.agent.name, model: job.model.name, backend: job.backend.name });
  // Loaded while the model works, off the way to the first model call.
  const afterwards = import('./scoring/verdict.ts');
  const ended = await end;
  const endedAt = clock();
  await meter.close();
  const { scoreAnswer, questionSHA256 } = await afterwards;
  const verdict: Verdict & Scored =
    classify(ended, { job, calls: meter.ledger.calls }) ?? scoreAnswer(answerOf(ended), question);
  const scoredAt = clock();
  logVerdict(events, verdict, answerOf(ended));
  const timings = timingsOf({
    options,
    askedAt,
    endedAt,
    scoredAt,
    firstTokenAt: meter.ledger.firstTokenAt(),
    ended,
    verdict,
  });
  return report(options, meter, { verdict, ended, timings, questionSHA256: questionSHA256(question) });
}

function report(
  options: RunOptions,
  { ledger }: Meter,
  {
    verdict,
    ended,
    timings,
    questionSHA256,
  }: { verdict: Verdict & Scored; ended: AskEnd; timings: Report['timings']; questionSHA256: string | undefined },
): Report {
  const { uid, attempt } = options.job;
  const { outcome, reason, message, retryable, retryAfterSeconds, scorePermille, scores } = verdict;
  return defined<Report>({
    v: 1,
    uid,
    attempt,
    outcome,
    reason,
    message,
    retryable,
    retryAfterSeconds,
    scorePermille,
    scores,
    usage: ledger.usage(),
    costMicroUSD: ledger.costMicroUSD(),
    startTime: options.start.time.toISOString(),
    timings,
    events: options.events.summary(),
    provenance: defined<Report['provenance']>({
      runnerVersion: options.runnerVersion,
      servedModel: ledger.servedModel(),
      questionSHA256,
    }),
    answer: ended.kind === 'answered' ? describeAnswer(ended.answer) : undefined,
  });
}

type Times = {
  options: RunOptions;
  askedAt: number;
  endedAt: number;
  scoredAt: number;
  firstTokenAt: number | undefined;
  ended: AskEnd;
  verdict: Scored;
};

function timingsOf({ options, askedAt, endedAt, scoredAt, firstTokenAt, ended, verdict }: Times): Report['timings'] {
  const wasAsked = ended.kind !== 'badOption';
  return defined<Report['timings']>({
    agentStartMilliseconds: wasAsked ? Math.round(askedAt - options.start.monotonic) : undefined,
    firstTokenMilliseconds: firstTokenAt === undefined ? undefined : Math.round(firstTokenAt - askedAt),
    agentMilliseconds: ended.kind === 'answered' ? Math.round(endedAt - askedAt) : undefined,
    scoringMilliseconds: verdict.scores === undefined ? undefined : Math.round(scoredAt - endedAt),
  });
}

function answerOf(ended: AskEnd): string {
  return ended.kind === 'answered' ? ended.answer : '';
}

function describeAnswer(answer: string): NonNullable<Report['answer']> {
  const bytes = Buffer.from(answer, 'utf8');
  return { excerpt: answer, sha256: createHash('sha256').update(bytes).digest('hex'), bytes: bytes.length };
}

function logCall(events: EventLog, call: CallRecord): void {
  const { number, path, kind, status, tokens, estimated, retryAfterSeconds, detail } = call;
  for (const name of call.toolCalls) events.emit('tool', { call: number, name });
  const milliseconds = Math.round(call.endedAt - call.startedAt);
  events.emit('usage', {
    call: number,
    path,
    kind,
    status,
    ...tokens,
    estimated,
    milliseconds,
    retryAfterSeconds,
    detail,
  });
}

function logVerdict(events: EventLog, verdict: Verdict & Scored, answer: string): void {
  verdict.entries?.forEach((entry, index) => {
    events.emit('score', { index, ...entry });
  });
  const { outcome, reason, message, scorePermille } = verdict;
  events.emit('result', { outcome, reason, message, scorePermille, answer });
}
