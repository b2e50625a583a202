import { expect, test } from 'vitest';
import { amidFixtures } from './amid-fixtures.ts';
import { parseQuestion } from './question.ts';
import { eventLog } from './sink/events.ts';
import { testJob } from './testing/job.ts';

const lines = { write: (_: string, written: () => void) => written(), drain: () => undefined };

test('a question without fixtures is asked at once', async () => {
  expect(await amidFixtures(optionsFor({}), async () => 'asked')).toEqual({ value: 'asked' });
});

test('without an account nobody is asked, and the error says what to set', async () => {
  const fixtures = { manifests: [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } }] };
  const asking = amidFixtures(optionsFor({ fixtures }), async () => 'asked');
  await expect(asking).rejects.toMatchObject({
    reason: 'FixturesFailed',
    retryable: false,
    end: 'removed',
    message:
      'The question has fixtures, but nothing to make them with is in the Pod: set pod.serviceAccountName, and questionRef.hasFixtures where the question lies in a Secret.',
  });
});

function optionsFor(more: object) {
  const question = parseQuestion(JSON.stringify({ prompt: 'Why?', ...more }));
  const events = eventLog(lines, () => new Date());
  const terminate = new AbortController().signal;
  return { job: testJob(), question, clock: () => 0, events, terminate };
}
