import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { statusViolations } from '../testing/status-schema.ts';
import { plan } from './plan.ts';
import { readReport } from './read-report.ts';
import { observed } from './testing/observed.ts';
import { openStatus, runnerEnded, START, sampleJob, samplePod, sampleReport } from './testing/sample.ts';

const UID = '0123456789';
const read = (report: unknown) => readReport(JSON.stringify(report), UID, 1);

const artifact = { name: 'a.txt', type: 'text/plain', bytes: 3, sha256: 'd'.repeat(64) };
const full = sampleReport({
  timings: { fixturesMilliseconds: 30, firstCallMilliseconds: 40 },
  provenance: { runnerVersion: '1', agentVersion: '0.45.0', driver: 'mine 1.0' },
  fixtures: 'removed',
  findings: { count: 2, sha256: 'c'.repeat(64) },
  artifacts: [artifact],
  artifactsOmitted: 5,
});

test('a report is read as it was written', () => {
  expect(read(sampleReport())).toEqual(sampleReport());
  expect(read(full)).toEqual(full);
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

  test.each<[string, unknown, unknown, object]>([
    ['a list that is none', { 0: artifact }, undefined, {}],
    [
      'what is none',
      [artifact, 'a.txt', { ...artifact, bytes: -1 }],
      undefined,
      { artifacts: [artifact], artifactsOmitted: 2 },
    ],
    ['too many', Array(20).fill(artifact), 3, { artifacts: Array(16).fill(artifact), artifactsOmitted: 7 }],
    ['a count that is none', [artifact], -3, { artifacts: [artifact] }],
    [
      'a long name, and more than is known',
      [{ ...artifact, name: 'n'.repeat(300), mode: 7 }],
      undefined,
      { artifacts: [{ ...artifact, name: `${'n'.repeat(254)}…` }] },
    ],
  ])('artifacts: %s', (_name, artifacts, artifactsOmitted, expected) => {
    expect(read({ ...sampleReport(), artifacts, artifactsOmitted })).toEqual({ ...sampleReport(), ...expected });
  });

  test('the fate of fixtures is one of two words', () => {
    expect(read({ ...full, fixtures: 'perhaps' })).not.toHaveProperty('fixtures');
  });

  test.each(['findings', 'scores', 'costMicroUSD', 'scorePermille', 'retryAfterSeconds', 'answer'])(
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
  const fields = fc.dictionary(fc.constantFrom(...fieldNames(full)), leaf);
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
    artifacts: fc.oneof(fc.array(fc.oneof(fields, leaf, fc.constant(artifact)), { maxLength: 40 }), leaf),
    artifactsOmitted: leaf,
    ...Object.fromEntries(
      ['usage', 'timings', 'events', 'provenance', 'answer', 'findings'].map((name) => [name, fc.oneof(fields, leaf)]),
    ),
  });
  fc.assert(
    fc.property(report, fc.integer({ min: 0, max: 1 }), (parts, backoffLimit) => {
      const pod = samplePod(1, runnerEnded({ v: 1, uid: UID, attempt: 1, message: '', reason: 'x', ...parts }));
      const { status } = plan(observed({ job: sampleJob({ backoffLimit }, openStatus()), pods: [pod] }), START);
      expect(statusViolations('RuneJob', status)).toEqual([]);
      expect(status.attempts?.[0]?.outcome).toBeDefined();
    }),
    { numRuns: 500 },
  );
}, 60_000);

function fieldNames(value: object): string[] {
  return Object.entries(value).flatMap(([name, child]) => [
    name,
    ...(typeof child === 'object' ? fieldNames(child) : []),
  ]);
}
