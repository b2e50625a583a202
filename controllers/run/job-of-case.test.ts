import { describe, expect, test } from 'vitest';
import type { FrozenRun } from '../../crds/frozen-run.ts';
import type { RuneJob } from '../../crds/types.ts';
import { caseOfJob, jobOfCase } from './job-of-case.ts';
import { sampleFrozen, sampleJob, sampleRun } from './simulation/sample.ts';

const frozen = sampleFrozen({ agents: 2, models: 1, questions: 3, trials: 2 });
const run = sampleRun(frozen);

describe('the RuneJob of a case', () => {
  test('says which case of which run it is, and asks it', () => {
    // Cell 1, question 2, trial 1.
    expect(jobOfCase(run, frozen, 11)).toEqual({
      apiVersion: 'bench.rune.ai/v1alpha1',
      kind: 'RuneJob',
      metadata: {
        name: 'nightly-1-11',
        namespace: 'team',
        labels: {
          'bench.rune.ai/benchmark': 'nightly',
          'bench.rune.ai/run': 'nightly-1',
          'bench.rune.ai/run-uid': 'run-uid',
          'bench.rune.ai/cell': '1',
          'bench.rune.ai/case': '2',
          'bench.rune.ai/trial': '1',
        },
        ownerReferences: [
          {
            apiVersion: 'bench.rune.ai/v1alpha1',
            kind: 'RuneRun',
            name: 'nightly-1',
            uid: 'run-uid',
            controller: true,
          },
        ],
      },
      spec: {
        agent: { ref: { name: 'direct' } },
        model: {
          name: 'model-0',
          backendRef: { name: 'local' },
          prices: { inputPerMillionTokensUSD: '1', outputPerMillionTokensUSD: '2' },
        },
        questionRef: { revision: 'run-0123', id: 'q2', hasFixtures: false },
        trial: 1,
        seed: 8,
        startDeadlineSeconds: 3600,
        activeDeadlineSeconds: 600,
        backoffLimit: 3,
        ttlSecondsAfterFinished: 86_400,
        priority: 0,
      },
    });
  });

  test('keeps its own labels whatever the template says', () => {
    const labels = { team: 'blue', 'bench.rune.ai/run': 'other' };
    const job = jobOfCase(run, { ...frozen, jobTemplate: { ...frozen.jobTemplate, labels } }, 0);
    expect(job.metadata.labels).toMatchObject({ team: 'blue', 'bench.rune.ai/run': 'nightly-1' });
    expect(job.spec).not.toHaveProperty('labels');
  });

  test('takes the options of its agent, and the time and fixtures of its question', () => {
    const [first, ...others] = frozen.questions;
    const question = { ...first, timeoutSeconds: 30, hasFixtures: true } as FrozenRun['questions'][number];
    const [cell, ...cells] = frozen.cells;
    const { prices: _prices, ...unpriced } = cell as FrozenRun['cells'][number];
    const agent = { ...unpriced.agent, options: { temperature: 0 } };
    const special = { ...frozen, questions: [question, ...others], cells: [{ ...unpriced, agent }, ...cells] };
    const { spec } = jobOfCase(run, special, 0);
    expect(spec).toMatchObject({ activeDeadlineSeconds: 30, agent: { options: { temperature: 0 } } });
    expect(spec.questionRef?.hasFixtures).toBe(true);
    expect(spec.model).not.toHaveProperty('prices');
  });

  test('has a seed below 2^31', () => {
    expect(jobOfCase(run, { ...frozen, seed: 2 ** 31 - 1 }, 1).spec.seed).toBe(0);
  });

  test('that there is not is an error', () => {
    expect(() => jobOfCase(run, frozen, 12)).toThrow('there is no case');
  });
});

describe('the case of a RuneJob', () => {
  const job = sampleJob(run, frozen, 11);

  test('is that which it was made for', () => {
    for (let index = 0; index < 12; index++) expect(caseOfJob(sampleJob(run, frozen, index), run, frozen)).toBe(index);
  });

  const withMetadata = (more: RuneJob['metadata']): RuneJob => ({ ...job, metadata: { ...job.metadata, ...more } });
  const withSpec = (more: Partial<RuneJob['spec']>): RuneJob => ({ ...job, spec: { ...job.spec, ...more } });
  const [owner] = job.metadata.ownerReferences ?? [];
  test.each<[string, RuneJob]>([
    ['has another name', withMetadata({ name: 'other' })],
    ['has a name that is no number', withMetadata({ name: 'nightly-1-x' })],
    ['has a number that is written otherwise', withMetadata({ name: 'nightly-1-011' })],
    ['has a number beyond the last', withMetadata({ name: 'nightly-1-12' })],
    ['has the name of another case', withMetadata({ name: 'nightly-1-10' })],
    ['has no owner', withMetadata({ ownerReferences: [] })],
    ['has another run of that name as owner', withMetadata({ ownerReferences: [{ ...owner, uid: 'old' } as never] })],
    ['is not controlled by the run', withMetadata({ ownerReferences: [{ ...owner, controller: false } as never] })],
    ['asks another agent', withSpec({ agent: { ref: { name: 'better' } } })],
    ['asks another model', withSpec({ model: { name: 'better', backendRef: { name: 'local' } } })],
    ['asks another backend', withSpec({ model: { name: 'model-0', backendRef: { name: 'better' } } })],
    ['asks another question', withSpec({ questionRef: { revision: 'run-0123', id: 'q1', hasFixtures: false } })],
    ['asks out of another Secret', withSpec({ questionRef: { revision: 'easier', id: 'q2', hasFixtures: false } })],
    ['is another trial', withSpec({ trial: 0 })],
  ])('is none for one that %s', (_name, other) => {
    expect(caseOfJob(other, run, frozen)).toBeUndefined();
  });
});
