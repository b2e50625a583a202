import type { JobFile } from '../crds/job-file.ts';
import type { Outcome } from '../crds/names.ts';
import type { ReportReason } from '../crds/report.ts';
import type { Verdict } from './classify.ts';
import type { AgentFailureKind } from './transports/container/failure.ts';

export type ToldFailure = { failure: AgentFailureKind; message: string };

type Row = {
  outcome?: Outcome;
  reason: ReportReason;
  retryable?: boolean;
  tell: (words: string, job: JobFile) => string;
};

/** How the job ends with an agent that did not answer, where the meter saw no call fail. */
export function judgeFailure({ failure, message }: ToldFailure, job: JobFile): Verdict {
  const { outcome = 'AgentError', reason, retryable = false, tell } = ROWS[failure];
  return { outcome, reason, message: tell(message.replace(/[.\s]+$/, ''), job), retryable };
}

const FAILED: Row = { reason: 'AgentFailed', tell: (words) => `The agent failed: ${words}.` };

const ROWS: { [kind in AgentFailureKind]: Row } = {
  agent: FAILED,
  unknown_action: FAILED,
  exit: FAILED,
  signal: FAILED,
  no_result: FAILED,
  start: FAILED,
  cancelled: {
    reason: 'AgentFailed',
    tell: (words) => `The agent's server ended the question, which nobody had asked of it: ${words}.`,
  },
  model: {
    reason: 'AgentFailed',
    tell: (words) => `The agent says that a call of the model failed, but the meter saw none fail: ${words}.`,
  },
  bad_option: {
    reason: 'BadOption',
    tell: (words) => `The agent refuses an option: ${words}. Correct spec.agent.options of the RuneJob.`,
  },
  timeout: {
    outcome: 'AgentTimeout',
    reason: 'AgentGaveUp',
    tell: (words) => `The agent gave up at a time-out of its own: ${words}.`,
  },
  infrastructure: {
    outcome: 'InfraError',
    reason: 'AgentUnequipped',
    retryable: true,
    tell: (words) => `What the agent needs is not there: ${words}.`,
  },
  protocol: {
    reason: 'AgentProtocol',
    tell: (words) =>
      `The agent's driver does not keep to the driver protocol: ${words}. Correct the driver; make driver-test checks it.`,
  },
  output_too_large: {
    reason: 'AgentOutputTooLarge',
    tell: (words) => `The agent wrote more than is taken: ${words}.`,
  },
  out_of_memory: {
    reason: 'AgentOutOfMemory',
    tell: (words, job) => `The agent ran out of memory: ${words}. ${memoryAdvice(job)}`,
  },
  not_ready: {
    reason: 'AgentNotReady',
    tell: (words, job) =>
      `The agent could not be asked within ${job.agent.container?.startTimeoutSeconds} s (spec.container.startTimeoutSeconds of RuneAgent "${job.agent.name}"): ${words}. Its log: ${log(job)}.`,
  },
  restarted: {
    reason: 'AgentRestarted',
    tell: (words, job) =>
      `The agent's container ended while it worked: ${words}. Its log: ${log(job)} --previous. If memory ran out: ${memoryAdvice(job)}`,
  },
};

function memoryAdvice({ agent }: JobFile): string {
  const limit = agent.container?.memoryLimit;
  const now = limit === undefined ? 'it has no limit now' : `it is ${limit} now`;
  return `Raise spec.container.resources.limits.memory of RuneAgent "${agent.name}" (${now}).`;
}

function log({ namespace, name, attempt }: JobFile): string {
  return `kubectl -n ${namespace} logs ${name}-${attempt} -c agent`;
}
