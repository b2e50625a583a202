import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { FrozenQuestion } from '../../../crds/frozen-run.ts';
import type { Question } from '../../../crds/job-file.ts';
import { RUN_STARTED_REASON } from '../../../crds/names.ts';
import type { RuneRun } from '../../../crds/types.ts';
import type { SuiteQuestion } from './matrix.ts';
import { refuse } from './not-frozen.ts';

export type SecretContent = { name: string /** Key → text. */; data: Record<string, string> };
export type Packed = { secrets: SecretContent[]; questions: FrozenQuestion[] };
type Resolved = { asked: SuiteQuestion; question: Question };

/** The API server takes 1 MiB; the rest is for names and metadata. */
export const MOST_SECRET_BYTES = 900 * 1024;
/** The operator holds them in memory, several times over, while it freezes. */
export const MOST_RUN_BYTES = 32 * 1024 * 1024;

/**
 * The questions in Secrets, as many to each as it holds, in their order. A Secret's name ends with the sha256 of its content
 * and the run's uid, so that one that is there already is the same one: nobody can read it to compare. Without the uid, a
 * run that is deleted and made again would find the Secret of the old one, which is about to go.
 */
export function packQuestions({ metadata }: RuneRun, resolved: readonly Resolved[]): Packed {
  const packs: Record<string, string>[] = [];
  let bytes = Number.POSITIVE_INFINITY;
  let all = 0;
  const questions = resolved.map(({ asked, question }): FrozenQuestion => {
    const text = JSON.stringify(question);
    const length = Buffer.byteLength(text) + asked.id.length;
    all += length;
    if (length > MOST_SECRET_BYTES) {
      const message = `Question "${asked.id}" is longer than 900 KiB with all that it takes from ConfigMaps: shorten it, and create the run again.`;
      refuse(RUN_STARTED_REASON.invalidContent, message);
    }
    if (all > MOST_RUN_BYTES) refuseTooLong();
    if (bytes + length > MOST_SECRET_BYTES) {
      packs.push({});
      bytes = 0;
    }
    bytes += length;
    Object.assign(packs.at(-1) ?? {}, { [`${asked.id}.json`]: text });
    return frozenQuestion(asked, question, packs.length - 1);
  });
  const { name = '', uid = '' } = metadata;
  const secrets = packs.map((data) => ({ name: `${name}-${sha256([uid, data]).slice(0, 12)}`, data }));
  return { secrets, questions };
}

/** Called when what the questions of a run hold is above {@link MOST_RUN_BYTES}. */
export function refuseTooLong(): never {
  const message =
    'The questions of a run hold at most 32 MiB in all, with what they take from ConfigMaps: shorten them or divide the benchmark, and create the run again.';
  return refuse(RUN_STARTED_REASON.invalidContent, message);
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
