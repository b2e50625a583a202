import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { plan } from './plan.ts';
import { readReport } from './read-report.ts';
import { observed } from './testing/observed.ts';
import { openStatus, runnerEnded, START, sampleJob, samplePod, sampleReport } from './testing/sample.ts';
import { statusViolations } from './testing/status-schema.ts';

const UID = '0123456789';
const read = (report: unknown) => readReport(JSON.stringify(report), UID, 1);

test('a report is read as it was written', () => {
  expect(read(sampleReport())).toEqual(sampleReport());
});

test('the least report has an outcome, a reason and a message', () => {
  const least = { v: 1, uid: UID, attempt: 1, outcome: 'Failed', reason: 'Scored', message: '' };
  const empty = {
    retryable: false,
    usage: {},
    startTime: '',
    timings: {},
    events: {},
    provenance: { runnerVersion: '' },
  };
  expect(read(least)).toEqual({ ...least, ...empty });
});

describe('is no report', () => {
  test.each<[string, string | undefined]>([
    ['nothing', undefined],
    ['the empty text', ''],
    ['another text', 'panic: out of luck'],
    ['null', 'null'],
    ['a list', '[]'],
    ['a number', '1'],
    ['one whose end was cut', JSON.stringify(sampleReport()).slice(0, -1)],
    ['one whose beginning was cut', JSON.stringify(sampleReport()).slice(200)],
    ['one of another version', JSON.stringify({ ...sampleReport(), v: 2 })],
    ['one about another job', JSON.stringify(sampleReport({ uid: 'other' }))],
    ['one about another attempt', JSON.stringify(sampleReport({ attempt: 2 }))],
    ['one with an unknown outcome', JSON.stringify({ ...sampleReport(), outcome: 'Great' })],
    ['one without a reason', JSON.stringify({ ...sampleReport(), reason: undefined })],
    ['one without a message', JSON.stringify({ ...sampleReport(), message: 7 })],
  ])('%s', (_name, message) => {
    expect(readReport(message, UID, 1)).toBeUndefined();
  });
});

describe('what does not fit is cut or left out, and the outcome stands', () => {
  const long = '😀'.repeat(5000);
  test.each<[string, object, object]>([
    [
      'negative timings',
      { timings: { agentMilliseconds: -1, scoringMilliseconds: 2 } },
      { timings: { scoringMilliseconds: 2 } },
    ],
    ['timings that are no numbers', { timings: { agentMilliseconds: null } }, { timings: {} }],
    ['fractions', { usage: { inputTokens: 1.5 } }, { usage: {} }],
    ['a flag for a number', { usage: { inputTokens: true, estimated: true } }, { usage: { estimated: true } }],
    ['more than 32 bits', { retryAfterSeconds: 1e12 }, { retryAfterSeconds: 2 ** 31 - 1 }],
    ['an unknown field', { usage: { inputTokens: 1, joules: 3 } }, { usage: { inputTokens: 1 } }],
    ['null for an object', { events: null }, { events: {} }],
    ['a text for an object', { provenance: 'me' }, { provenance: { runnerVersion: '' } }],
    ['a long reason', { reason: long }, { reason: `${'😀'.repeat(62)}…` }],
    [
      'a long model name',
      { provenance: { runnerVersion: '1', servedModel: 'm'.repeat(500) } },
      { provenance: { runnerVersion: '1', servedModel: `${'m'.repeat(127)}…` } },
    ],
    [
      'a long answer',
      { answer: { excerpt: long, bytes: 4 } },
      { answer: { excerpt: `${'😀'.repeat(2047)}…`, bytes: 4 } },
    ],
  ])('%s', (_name, broken, expected) => {
    expect(read({ ...sampleReport(), ...broken })).toEqual({ ...sampleReport(), ...expected });
  });

  test.each(['scores', 'costMicroUSD', 'scorePermille', 'retryAfterSeconds', 'answer'])(
    '%s of a wrong type',
    (field) => {
      for (const value of [null, -3, 0.5, {}.toString, [1], field === 'scores' ? 1 : 'x']) {
        expect(read({ ...sampleReport(), [field]: value })).not.toHaveProperty(field);
      }
    },
  );
});

test('whatever a report holds, the status that follows is one that the API server takes', () => {
  const leaf = fc.oneof(
    fc.jsonValue({ maxDepth: 1 }),
    fc.string({ minLength: 60, maxLength: 6000, unit: 'binary' }),
    fc.double(),
  );
  const fields = fc.dictionary(fc.constantFrom(...fieldNames(sampleReport())), leaf);
  const report = fc.record({
    outcome: fc.constantFrom('Passed', 'Throttled', 'InfraError', 'AgentError'),
    ...Object.fromEntries(
      [
        'reason',
        'message',
        'retryable',
        'retryAfterSeconds',
        'scorePermille',
        'scores',
        'costMicroUSD',
        'startTime',
      ].map((name) => [name, leaf]),
    ),
    ...Object.fromEntries(
      ['usage', 'timings', 'events', 'provenance', 'answer'].map((name) => [name, fc.oneof(fields, leaf)]),
    ),
  });
  fc.assert(
    fc.property(report, fc.integer({ min: 0, max: 1 }), (parts, backoffLimit) => {
      const pod = samplePod(1, runnerEnded({ v: 1, uid: UID, attempt: 1, message: '', reason: 'x', ...parts }));
      const { status } = plan(observed({ job: sampleJob({ backoffLimit }, openStatus()), pods: [pod] }), START);
      expect(statusViolations(status)).toEqual([]);
      expect(status.attempts?.[0]?.outcome).toBeDefined();
    }),
    { numRuns: 500 },
  );
});

function fieldNames(value: object): string[] {
  return Object.entries(value).flatMap(([name, child]) => [
    name,
    ...(typeof child === 'object' ? fieldNames(child) : []),
  ]);
}
