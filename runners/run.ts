import { createHash } from 'node:crypto';
import type { JobFile } from '../crds/job-file.ts';
import type { Report } from '../crds/report.ts';
import { ask } from './ask.ts';
import { type AskEnd, classify } from './classify.ts';
import type { Ledger } from './meter/ledger.ts';
import { type Meter, startMeter } from './meter/meter.ts';
import { defined } from './meter/reading.ts';
import { redactAnswer } from './meter/sanitize.ts';
import { logAsked, logCall, logVerdict } from './narrate.ts';
import type { ParsedQuestion } from './question.ts';
import type { ScoredVerdict } from './scoring/verdict.ts';
import { cutCodePoints } from './sink/cut.ts';
import type { EventLog } from './sink/events.ts';
import { MAX_EXCERPT_CHARACTERS } from './sink/report.ts';

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
  /** Gets the ledger as soon as there is one, for a report that an error may ask for. */
  onLedger?: (ledger: Ledger) => void;
};

/** Readings of the clock; those that were not reached are absent. */
type Times = { asked?: number; firstToken?: number; answered?: number; scored?: number };

/** Carries out one attempt: puts the question to the agent, scores the answer, and reports. Rejects only when the runner itself is broken. */
export async function runJob(options: RunOptions): Promise<Report> {
  const { job, question, clock, events, terminate } = options;
  const meter = await startMeter({ job, apiKey: options.apiKey, clock, onCall: (call) => logCall(events, call) });
  options.onLedger?.(meter.ledger);
  const asked = clock();
  const asking = ask({ job, prompt: question.prompt, meterURL: meter.url }, terminate);
  logAsked(events, job);
  const end = await asking;
  const answered = clock();
  await meter.close();
  // Loaded only now, off the way to the first model call and out of its latency.
  const { scoreAnswer, questionSHA256 } = await import('./scoring/verdict.ts');
  const unscored = classify(end, { job, calls: meter.ledger.calls });
  const answer = answerOf(end, unscored);
  const verdict: ScoredVerdict =
    unscored ?? scoreAnswer({ answer: answer ?? '', findings: [], toolCalls: [] }, question);
  const times = defined<Times>({
    asked: end.kind === 'badOption' ? undefined : asked,
    firstToken: meter.ledger.firstTokenAt(),
    answered: answer === undefined ? undefined : answered,
    scored: verdict.scores === undefined ? undefined : clock(),
  });
  logVerdict(events, verdict, answer === undefined ? undefined : redactAnswer(answer, options.apiKey));
  return report(options, meter, { verdict, times, answer, questionSHA256: questionSHA256(question) });
}

/** What the agent answered, if that, and not a failure behind it, is what was measured. */
function answerOf(end: AskEnd, unscored: ScoredVerdict | undefined): string | undefined {
  const counts = unscored === undefined || unscored.reason === 'EmptyAnswer';
  return end.kind === 'answered' && counts ? end.answer : undefined;
}

type Result = {
  verdict: ScoredVerdict;
  times: Times;
  answer: string | undefined;
  questionSHA256: string | undefined;
};

function report({ job, start, events, runnerVersion, apiKey }: RunOptions, { ledger }: Meter, result: Result): Report {
  const { verdict, answer, questionSHA256 } = result;
  return defined<Report>({
    v: 1,
    uid: job.uid,
    attempt: job.attempt,
    outcome: verdict.outcome,
    reason: verdict.reason,
    message: verdict.message,
    retryable: verdict.retryable,
    retryAfterSeconds: verdict.retryAfterSeconds,
    scorePermille: verdict.scorePermille,
    scores: verdict.scores,
    usage: ledger.usage(),
    costMicroUSD: ledger.costMicroUSD(),
    startTime: start.time.toISOString(),
    timings: timings(start.monotonic, result.times),
    events: events.summary(),
    provenance: defined<Report['provenance']>({ runnerVersion, servedModel: ledger.servedModel(), questionSHA256 }),
    answer: answer === undefined ? undefined : describeAnswer(answer, apiKey),
  });
}

function timings(start: number, { asked, firstToken, answered, scored }: Times): Report['timings'] {
  return defined<Report['timings']>({
    agentStartMilliseconds: between(start, asked),
    firstTokenMilliseconds: between(asked, firstToken),
    agentMilliseconds: between(asked, answered),
    scoringMilliseconds: between(answered, scored),
  });
}

function between(from: number | undefined, to: number | undefined): number | undefined {
  return from === undefined || to === undefined ? undefined : Math.round(to - from);
}

/** The digest and the length are those of what was scored. */
function describeAnswer(answer: string, apiKey: string | undefined): NonNullable<Report['answer']> {
  const bytes = Buffer.from(answer, 'utf8');
  const excerpt = cutCodePoints(redactAnswer(answer, apiKey), MAX_EXCERPT_CHARACTERS);
  return { excerpt, sha256: createHash('sha256').update(bytes).digest('hex'), bytes: bytes.length };
}
