import type { AskEnd } from './classify.ts';
import { UnreadableAnswerError } from './transports/answer-json.ts';
import type { Ask } from './transports/ask.ts';
import { BadOptionError } from './transports/ask.ts';
import { askOllama } from './transports/ollama.ts';
import { askOpenAI } from './transports/openai.ts';

/** Puts the question to the agent. Ends at the deadline, or when `terminate` is aborted, at the latest; never rejects. */
export async function ask(question: Omit<Ask, 'signal'>, terminate: AbortSignal): Promise<AskEnd> {
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), question.job.activeDeadlineSeconds * 1000);
  const transport = question.job.backend.type === 'openai' ? askOpenAI : askOllama;
  try {
    const answer = await transport({ ...question, signal: AbortSignal.any([deadline.signal, terminate]) });
    // Servers may send half of a surrogate pair; as UTF-8, which is what is hashed, it does not exist.
    return { kind: 'answered', answer: answer.toWellFormed() };
  } catch (error) {
    if (terminate.aborted) return { kind: 'terminated' };
    if (deadline.signal.aborted) return { kind: 'deadline' };
    if (error instanceof BadOptionError) return { kind: 'badOption', message: error.message };
    if (error instanceof UnreadableAnswerError) return { kind: 'unreadable', message: error.message };
    return { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
  }
}
