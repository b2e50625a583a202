import { LABEL, RUNE_JOB, SECRET_TYPE } from '../../crds/names.ts';
import type { ObjectMeta } from '../../crds/raw.ts';
import type { RuneJob } from '../../crds/types.ts';
import { ownerReference } from '../owner-reference.ts';

export type QuestionSecret = {
  apiVersion: 'v1';
  kind: 'Secret';
  metadata: ObjectMeta;
  type: string;
  immutable: true;
  data: Record<string, string>;
};

/** The Secret that holds the question of a job of its own; none for a job whose question is already in one. */
export function questionSecret(job: RuneJob): QuestionSecret | undefined {
  const { question } = job.spec;
  if (question === undefined) return undefined;
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: questionSecretName(job),
      namespace: job.metadata.namespace ?? '',
      labels: { [LABEL.jobUid]: job.metadata.uid ?? '', [LABEL.managedBy]: 'rune-operator' },
      ownerReferences: [ownerReference(job, RUNE_JOB)],
    },
    type: SECRET_TYPE.revision,
    immutable: true,
    data: { 'question.json': Buffer.from(JSON.stringify(question)).toString('base64') },
  };
}

/** With part of the uid, so that a job made again under the same name never meets the old one's question. */
export function questionSecretName(job: RuneJob): string {
  return `${job.metadata.name ?? ''}-question-${(job.metadata.uid ?? '').slice(0, 8)}`;
}
