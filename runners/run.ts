import type { JobFile } from '../crds/job-file.ts';
import type { Report } from '../crds/report.ts';
import { type Agent, reachAgent } from './agent.ts';
import { relayTo } from './agent-relay.ts';
import { amidFixtures } from './amid-fixtures.ts';
import type { Leavings } from './archive/attempt-files.ts';
import type { Kept } from './artifacts/keep.ts';
import { ask, endOf } from './ask.ts';
import { type AskEnd, classify } from './classify.ts';
import type { CallRecord } from './meter/call.ts';
import type { Ledger } from './meter/ledger.ts';
import { type Meter, startMeter } from './meter/meter.ts';
import { redactAnswer } from './meter/sanitize.ts';
import { logAsked, logCall, logVerdict } from './narrate.ts';
import type { ParsedQuestion } from './question.ts';
import type { Result, Times } from './report.ts';
import type { ScoredVerdict } from './scoring/verdict.ts';
import type { EventLog } from './sink/events.ts';
import { ToolCalls } from './tool-calls.ts';
import { untilStopped } from './until-stopped.ts';

export type RunOptions = {
  job: JobFile;
  question: ParsedQuestion;
  apiKey: string | undefined;
  /** Of an agent in a container, without a path. */
  agentURL: string;
  /** Holds the folder of what the agent leaves. */
  artifacts: string;
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
  /** Gets what is archived besides the report. */
  onLeavings?: (leavings: Omit<Leavings, 'lines'>) => void;
};

/** What the parts of one attempt share. */
type Run = RunOptions & { meter: Meter; toolCalls: ToolCalls };

/** How asking went. `agent` is absent where none could be reached, and the times where they were not. */
type Asked = { end: AskEnd; agent?: Agent; ready?: number; asked?: number; answered: number };

/** Carries out one attempt: puts the question to the agent, scores the answer, and reports. Rejects only when the runner itself is broken. */
export async function runJob(options: RunOptions): Promise<Report> {
  const run = await begin(options);
  const result = await measure(run);
  options.onLeavings?.(leavingsOf(options, result));
  const { buildReport } = await import('./report.ts');
  logVerdict(run.events, result.verdict, result.answer && redactAnswer(result.answer.answer, run.apiKey));
  return buildReport(options, run.meter.ledger, result);
}

function leavingsOf({ job, artifacts, apiKey }: RunOptions, result: Result): Omit<Leavings, 'lines'> {
  const { answer, verdict } = result;
  return {
    ...(answer === undefined ? {} : { answer: answer.answer, findings: answer.findings }),
    ...(apiKey === undefined ? {} : { apiKey }),
    scores: verdict.entries ?? [],
    artifacts: result.artifacts,
    ...(job.agent.container === undefined ? {} : { artifactsFolder: artifactsFolder(artifacts) }),
  };
}

async function measure(run: Run): Promise<Result> {
  let agent: Agent;
  try {
    agent = await reach(run);
  } catch (error) {
    return await judge(run, { end: endOf(error, run), answered: run.clock() });
  }
  // After the agent has started, so that neither waits for the other in vain, and until the answer is scored.
  const ready = run.question.fixtures === undefined ? {} : { ready: run.clock() };
  const { value, fixtures } = await amidFixtures(run, async () =>
    judge(run, { ...(await putQuestion(run, agent)), ...ready }),
  );
  return fixtures === undefined ? value : { ...value, fixtures };
}

/** What came of asking. */
async function judge(run: Run, { end, agent, ready, asked, answered }: Asked): Promise<Result> {
  const { question, clock, meter, terminate, toolCalls } = run;
  await meter.close();
  const { verdict, artifacts, answer } = (await untilStopped(assess(run, end), terminate)) ?? STOPPED;
  const times: Times = {
    ready: asked && ready,
    asked,
    firstCall: meter.ledger.firstCallAt(),
    firstToken: meter.ledger.firstTokenAt(),
    answered: answer && answered,
    scored: verdict.scores === undefined ? undefined : clock(),
  };
  const about = (await agent?.about()) ?? {};
  const { questionSHA256 } = await loadScorers();
  const sha256 = questionSHA256(question);
  return { verdict, times, answer, artifacts, about, toolCalls: toolCalls.told, questionSHA256: sha256 };
}

type Assessed = Pick<Result, 'verdict' | 'artifacts' | 'answer'>;

/** What the agent did, scored if it can be. */
async function assess(run: Run, end: AskEnd): Promise<Assessed> {
  const { job, question, meter, toolCalls } = run;
  const { scoreAnswer } = await loadScorers();
  const failed = classify(end, { job, calls: meter.ledger.calls });
  const { artifacts, tooLarge } = failed === undefined ? await artifactsOf(run) : NO_ARTIFACTS;
  const unscored = failed ?? tooLarge;
  const answer = answerOf(end, unscored);
  const evidence = { answer: answer?.answer ?? '', findings: answer?.findings ?? [], toolCalls: toolCalls.names };
  return { verdict: unscored ?? (await scoreAnswer(evidence, question)), artifacts, answer };
}

const STOPPED: Assessed = {
  verdict: {
    outcome: 'InfraError',
    reason: 'Terminated',
    message: 'The runner was told to stop before the answer was scored.',
    retryable: true,
  },
  artifacts: [],
  answer: undefined,
};

/** Only when they are due, off the way to the first model call and out of its latency. */
function loadScorers() {
  return import('./scoring/verdict.ts');
}

async function begin(options: RunOptions): Promise<Run> {
  const { job, apiKey, clock, events } = options;
  const toolCalls = new ToolCalls();
  const onCall = (call: CallRecord): void => {
    for (const name of call.toolCalls) toolCalls.add('meter', name);
    logCall(events, call);
  };
  const meter = await startMeter({ job, apiKey, clock, onCall });
  options.onLedger?.(meter.ledger);
  return { ...options, meter, toolCalls };
}

async function putQuestion(run: Run, agent: Agent): Promise<Asked> {
  const { job, question, clock, events, terminate, apiKey, meter } = run;
  const asked = clock();
  const { prompt, context } = question;
  const text = context === undefined ? { prompt } : { prompt, context };
  const asking = ask((signal) => agent.put({ ...text, meterURL: meter.url, signal }), {
    deadlineSeconds: job.activeDeadlineSeconds,
    terminate,
    apiKey,
  });
  logAsked(events, job);
  const end = await asking;
  const answered = clock();
  return end.kind === 'badOption' ? { end, agent, answered } : { end, agent, asked, answered };
}

function reach({ job, agentURL, artifacts, clock, start, events, terminate, apiKey, toolCalls }: Run): Promise<Agent> {
  const place = {
    agentURL,
    artifactsFolder: artifactsFolder(artifacts),
    elapsed: () => clock() - start.monotonic,
    relay: relayTo(events, toolCalls, apiKey),
  };
  return reachAgent(job, place, terminate);
}

async function artifactsOf({ job, artifacts, events }: Run): Promise<Kept> {
  if (job.agent.container === undefined) return NO_ARTIFACTS;
  const { keepArtifacts } = await import('./artifacts/keep.ts');
  return keepArtifacts(artifactsFolder(artifacts), events);
}

const NO_ARTIFACTS: Kept = { artifacts: [] };

/** A Pod is asked one question. */
function artifactsFolder(artifacts: string): string {
  return `${artifacts}/1`;
}

/** What the agent answered, if that, and not a failure behind it, is what was measured. */
function answerOf(end: AskEnd, unscored: ScoredVerdict | undefined): Extract<AskEnd, { kind: 'answered' }> | undefined {
  const counts = unscored === undefined || unscored.reason === 'EmptyAnswer';
  return end.kind === 'answered' && counts ? end : undefined;
}
