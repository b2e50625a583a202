import { isDeepStrictEqual } from 'node:util';
import { type Case, caseAt, jobName, type Shape } from '../../crds/cases.ts';
import type { FrozenRun } from '../../crds/frozen-run.ts';
import { API_VERSION, LABEL, RUNE_JOB, RUNE_RUN } from '../../crds/names.ts';
import type { RuneJob, RuneJobManifest, RuneRun } from '../../crds/types.ts';
import { ownerReference } from '../owner-reference.ts';

export function shapeOf({ cells, questions, trials }: FrozenRun): Shape {
  return { cells: cells.length, questions: questions.length, trials };
}

/** The RuneJob of a case. Pure. */
export function jobOfCase(run: RuneRun, frozen: FrozenRun, index: number): RuneJobManifest {
  const at = caseAt(index, shapeOf(frozen));
  const { name = '', namespace = '', uid = '' } = run.metadata;
  const { labels = {}, ...template } = frozen.jobTemplate;
  return {
    apiVersion: API_VERSION,
    kind: RUNE_JOB.kind as 'RuneJob',
    metadata: {
      name: jobName(name, index),
      namespace,
      labels: {
        ...labels,
        [LABEL.benchmark]: frozen.benchmark.name,
        [LABEL.run]: name,
        [LABEL.runUid]: uid,
        [LABEL.cell]: String(at.cell),
        [LABEL.case]: String(at.question),
        [LABEL.trial]: String(at.trial),
      },
      ownerReferences: [ownerReference(run, RUNE_RUN)],
    },
    spec: { ...template, ...whatToAsk(frozen, at) },
  };
}

function whatToAsk(frozen: FrozenRun, at: Case) {
  const cell = frozen.cells[at.cell];
  const question = frozen.questions[at.question];
  if (cell === undefined || question === undefined) throw new RangeError(`there is no case ${JSON.stringify(at)}`);
  const { agentRef, options } = cell.agent;
  const { name, backendRef } = cell.model;
  return {
    agent: { ref: agentRef, ...(options === undefined ? {} : { options }) },
    model: { name, backendRef, ...(cell.prices === undefined ? {} : { prices: cell.prices }) },
    questionRef: {
      revision: frozen.secrets[question.secret] ?? '',
      id: question.id,
      hasFixtures: question.hasFixtures === true,
    },
    trial: at.trial,
    // Trials differ in it, and a run with the same seed asks the same.
    seed: (frozen.seed + at.trial) % 2 ** 31,
    activeDeadlineSeconds: question.timeoutSeconds ?? frozen.jobTemplate.activeDeadlineSeconds,
  };
}

/**
 * Which case of the run a RuneJob is; undefined for one that only says so. Who may create RuneJobs could put one in the
 * place of a case, asked of something easier.
 */
export function caseOfJob(job: RuneJob, run: RuneRun, frozen: FrozenRun): number | undefined {
  const { name = '', ownerReferences = [] } = job.metadata;
  const digits = name.startsWith(`${run.metadata.name}-`) ? name.slice((run.metadata.name ?? '').length + 1) : '';
  const shape = shapeOf(frozen);
  const index = /^(0|[1-9]\d*)$/.test(digits) ? Number(digits) : Number.POSITIVE_INFINITY;
  if (index >= shape.cells * shape.questions * shape.trials) return undefined;
  if (!ownerReferences.some(({ uid, controller }) => controller && uid === run.metadata.uid)) return undefined;
  const { agent, model, questionRef, trial, seed, activeDeadlineSeconds } = job.spec;
  const asked = whatToAsk(frozen, caseAt(index, shape));
  const isSame =
    trial === asked.trial &&
    seed === asked.seed &&
    activeDeadlineSeconds === asked.activeDeadlineSeconds &&
    isDeepStrictEqual(agent.options, asked.agent.options) &&
    agent.ref.name === asked.agent.ref.name &&
    model.name === asked.model.name &&
    model.backendRef.name === asked.model.backendRef.name &&
    questionRef?.revision === asked.questionRef.revision &&
    questionRef.id === asked.questionRef.id;
  return isSame ? index : undefined;
}
