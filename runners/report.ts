import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { Report } from '../crds/report.ts';
import type { AgentAbout } from './agent.ts';
import type { Artifact } from './artifacts/collect.ts';
import type { AskEnd } from './classify.ts';
import type { Ledger } from './meter/ledger.ts';
import { defined, type JSONObject } from './meter/reading.ts';
import { redactAnswer } from './meter/sanitize.ts';
import type { RunOptions } from './run.ts';
import type { ScoredVerdict } from './scoring/verdict.ts';
import { cutCodePoints } from './sink/cut.ts';
import { MAX_EXCERPT_CHARACTERS } from './sink/report.ts';

/** Readings of the clock; those that were not reached are undefined. */
export type Times = {
  [reading in 'ready' | 'asked' | 'firstCall' | 'firstToken' | 'answered' | 'scored']: number | undefined;
};

/** What an attempt came to. */
export type Result = {
  verdict: ScoredVerdict;
  times: Times;
  answer: Extract<AskEnd, { kind: 'answered' }> | undefined;
  artifacts: Artifact[];
  about: AgentAbout;
  /** How many calls of tools the agent's driver told of. */
  toolCalls: number;
  questionSHA256: string | undefined;
  /** Absent where there were none. */
  fixtures?: Report['fixtures'];
};

type Attempt = Pick<RunOptions, 'job' | 'start' | 'events' | 'runnerVersion' | 'apiKey'>;

/** The report of an attempt that came to its end. */
export function buildReport(attempt: Attempt, ledger: Ledger, result: Result): Report {
  const { job, start, events, runnerVersion, apiKey } = attempt;
  const { verdict, answer, artifacts, about, questionSHA256 } = result;
  const usage = ledger.usage();
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
    // Both see most calls; the one that sees more misses fewer.
    usage: { ...usage, toolCalls: Math.max(usage.toolCalls ?? 0, result.toolCalls) },
    costMicroUSD: ledger.costMicroUSD(),
    startTime: start.time.toISOString(),
    timings: timings(start.monotonic, result.times),
    events: events.summary(),
    provenance: defined<Report['provenance']>({
      runnerVersion,
      servedModel: ledger.servedModel(),
      questionSHA256,
      ...about,
    }),
    fixtures: result.fixtures,
    findings: answer && answer.findings.length > 0 ? describeFindings(answer.findings) : undefined,
    artifacts: artifacts.length > 0 ? artifacts : undefined,
    answer: answer && describeAnswer(answer.answer, apiKey),
  });
}

/** `ready`: the agent could be asked, and the fixtures, if there are any, were still to be made. */
function timings(start: number, times: Times): Report['timings'] {
  const { ready, asked, firstCall, firstToken, answered, scored } = times;
  return defined<Report['timings']>({
    agentStartMilliseconds: between(start, ready ?? asked),
    fixturesMilliseconds: between(ready, asked),
    firstCallMilliseconds: between(asked, firstCall),
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

/** Without the digest for what has no canonical JSON: half of a surrogate pair, or nested too deeply. */
function describeFindings(findings: JSONObject[]): NonNullable<Report['findings']> {
  try {
    const sha256 = createHash('sha256')
      .update(canonicalize(findings) ?? '')
      .digest('hex');
    return { count: findings.length, sha256 };
  } catch {
    return { count: findings.length };
  }
}
