import { expect, test } from 'vitest';
import { projectJob, scoredEntries } from './project.ts';
import { sampleJob } from './testing/sample.ts';

const expectations = [
  { name: 'right', weight: 2, exact: { value: 'secret', ignoreCase: false } },
  { weight: 1, contains: { all: ['secret'], ignoreCase: false } },
  { weight: 1, regex: { pattern: 'secret', ignoreCase: false } },
  { weight: 1, number: { value: '42', tolerance: '0' } },
  { weight: 1, jsonSchema: { of: 'Answer' as const, schema: { const: 'secret' } } },
  { weight: 1, jsonPath: { of: 'Findings' as const, path: '$.secret' } },
  { weight: 1, toolCalls: { all: ['secret'] } },
];
const manifests = [{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'secret' } }];
const fixtures = { manifests, timeoutSeconds: 90 };
const job = sampleJob({ question: { prompt: 'A secret?', passMarkPermille: 900, expect: expectations, fixtures } });

test('no text of the question is kept, and all that scores are named by', () => {
  const kept = projectJob({ ...job, metadata: { ...job.metadata, managedFields: [{ manager: 'kubectl' }] } });
  expect(JSON.stringify(kept)).not.toMatch(/secret|42|managedFields/);
  expect(scoredEntries(kept)).toEqual(scoredEntries(job));
  expect(scoredEntries(kept)).toEqual([
    { name: 'right', scorer: 'exact' },
    { scorer: 'contains' },
    { scorer: 'regex' },
    { scorer: 'number' },
    { scorer: 'jsonSchema' },
    { scorer: 'jsonPath' },
    { scorer: 'toolCalls' },
  ]);
  expect(kept.spec.question?.fixtures).toEqual({ manifests: [], timeoutSeconds: 90 });
  expect(projectJob(kept)).toEqual(kept);
});

test('a question in a Secret has nothing to keep', () => {
  const { question: _question, ...spec } = job.spec;
  const ofRun = { ...job, spec: { ...spec, questionRef: { revision: 'nightly', id: 'sum', hasFixtures: false } } };
  expect(projectJob(ofRun)).toEqual(ofRun);
  expect(scoredEntries(ofRun)).toEqual([]);
});
