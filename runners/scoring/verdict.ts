import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { Verdict } from '../classify.ts';
import type { ParsedQuestion } from '../question.ts';
import type { Evidence } from './evidence.ts';
import { type Score, score } from './score.ts';

export type ScoredVerdict = Verdict & {
  scorePermille?: number;
  /** One character an entry of `expect`: `1` met, `0` not. */
  scores?: string;
  entries?: Score['entries'];
};

/** How the job ends with this answer. */
export async function scoreAnswer(
  evidence: Evidence,
  { expect, passMarkPermille }: ParsedQuestion,
): Promise<ScoredVerdict> {
  if (expect.length === 0) return { outcome: 'Answered', reason: 'NotScored', message: '', retryable: false };
  try {
    const { permille, entries, remark } = await score(evidence, expect);
    const scores = entries.map(({ passed }) => (passed ? '1' : '0')).join('');
    const outcome = permille >= passMarkPermille ? 'Passed' : 'Failed';
    const measured = { scorePermille: permille, scores, entries };
    return { outcome, reason: 'Scored', message: remark, retryable: false, ...measured };
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    const message = `The answer could not be scored: ${what}. Correct the question and create another RuneJob.`;
    return { outcome: 'ScorerError', reason: 'ScorerFailed', message, retryable: false };
  }
}

/** Of the question's canonical JSON (RFC 8785); undefined for text that is not Unicode, which has none. */
export function questionSHA256({ source }: ParsedQuestion): string | undefined {
  try {
    return createHash('sha256')
      .update(canonicalize(source) ?? '')
      .digest('hex');
  } catch {
    return undefined;
  }
}
