import type { AskEnd } from './classify.ts';
import { fitTrouble } from './meter/sanitize.ts';
import { UnreadableAnswerError } from './transports/answer-json.ts';
import type { Answer } from './transports/ask.ts';
import { BadOptionError } from './transports/ask.ts';
import { AgentFailure } from './transports/container/failure.ts';

export type Bounds = {
  /** From now on. */
  deadlineSeconds: number;
  /** Aborted when the runner is told to stop. */
  terminate: AbortSignal;
  /** Kept out of what is told of an error. */
  apiKey: string | undefined;
};

/** Puts a question by `put`, which must end when its signal is aborted. Ends at the deadline, or when `terminate` is aborted, at the latest; never rejects. */
export async function ask(put: (signal: AbortSignal) => Promise<Answer>, bounds: Bounds): Promise<AskEnd> {
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), bounds.deadlineSeconds * 1000);
  try {
    const { answer, findings } = await put(AbortSignal.any([deadline.signal, bounds.terminate]));
    // Servers may send half of a surrogate pair; as UTF-8, which is what is hashed, it does not exist.
    return { kind: 'answered', answer: answer.toWellFormed(), findings: findings ?? [] };
  } catch (error) {
    if (!bounds.terminate.aborted && deadline.signal.aborted) return { kind: 'deadline' };
    return endOf(error, bounds);
  } finally {
    clearTimeout(timer);
  }
}

/** How asking ended with an error, the deadline aside. */
export function endOf(error: unknown, { terminate, apiKey }: Pick<Bounds, 'terminate' | 'apiKey'>): AskEnd {
  if (terminate.aborted) return { kind: 'terminated' };
  if (error instanceof BadOptionError) return { kind: 'badOption', message: error.message };
  if (error instanceof UnreadableAnswerError) return { kind: 'unreadable', message: error.message };
  if (error instanceof AgentFailure) {
    return { kind: 'agentFailed', failure: error.kind, message: fitTrouble(error.message, apiKey) };
  }
  return { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
}
