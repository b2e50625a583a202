import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { FrozenQuestion } from '../../../crds/frozen-run.ts';
import type { Question } from '../../../crds/job-file.ts';
import { RUN_STARTED_REASON } from '../../../crds/names.ts';
import type { SuiteQuestion } from './matrix.ts';
import { refuse } from './not-frozen.ts';

export type SecretContent = { name: string /** Key → text. */; data: Record<string, string> };
export type Packed = { secrets: SecretContent[]; questions: FrozenQuestion[] };
type Resolved = { asked: SuiteQuestion; question: Question };

/** The API server takes 1 MiB; the rest is for names and metadata. */
const MOST_BYTES = 900 * 1024;

/**
 * The questions in as few Secrets as hold them. A Secret's name ends with the sha256 of its content, so that one that is
 * there already is the same one: nobody can read it to compare.
 */
export function packQuestions(run: string, resolved: readonly Resolved[]): Packed {
  const packs: Record<string, string>[] = [];
  let bytes = Number.POSITIVE_INFINITY;
  const questions = resolved.map(({ asked, question }): FrozenQuestion => {
    const text = JSON.stringify(question);
    const length = Buffer.byteLength(text) + asked.id.length;
    if (length > MOST_BYTES) {
      const message = `Question ${asked.id} is larger than 900 KiB with all that it takes from ConfigMaps: shorten it.`;
      refuse(RUN_STARTED_REASON.invalidContent, message);
    }
    if (bytes + length > MOST_BYTES) {
      packs.push({});
      bytes = 0;
    }
    bytes += length;
    Object.assign(packs.at(-1) ?? {}, { [`${asked.id}.json`]: text });
    return frozenQuestion(asked, question, packs.length - 1);
  });
  const secrets = packs.map((data) => ({ name: `${run}-${sha256(data).slice(0, 12)}`, data }));
  return { secrets, questions };
}

/** Of the value's canonical JSON (RFC 8785), in hexadecimal digits. */
export function sha256(value: unknown): string {
  return createHash('sha256')
    .update(canonicalize(value) ?? '')
    .digest('hex');
}

function frozenQuestion({ id, tags, critical, timeoutSeconds }: SuiteQuestion, question: Question, secret: number) {
  return {
    id,
    sha256: sha256(question).slice(0, 12),
    secret,
    ...(tags === undefined ? {} : { tags }),
    ...(critical ? { critical } : {}),
    ...((question.expect ?? []).length === 0 ? { unscored: true as const } : {}),
    ...(question.fixtures === undefined ? {} : { hasFixtures: true as const }),
    ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
  };
}
