import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OUTCOMES } from '../../crds/names.ts';
import { ARCHIVE_REASON, MAX_REPORT_BYTES, REPORT_REASON, type Report } from '../../crds/report.ts';
import { encodeReport } from './report.ts';

const text = (maxLength: number) => fc.string({ unit: 'binary', maxLength, size: 'max' });
const count = fc.nat({ max: Number.MAX_SAFE_INTEGER });

const name = fc.oneof(text(100), fc.constant('\u0000'.repeat(80)), fc.constant('😀'.repeat(63)));

const reports: fc.Arbitrary<Report> = fc.record(
  {
    v: fc.constant(1 as const),
    uid: fc.uuid(),
    attempt: fc.integer({ min: 1, max: 99 }),
    outcome: fc.constantFrom(...OUTCOMES),
    reason: fc.constantFrom(...REPORT_REASON),
    message: fc.oneof(text(3000), fc.constant('\u0001'.repeat(3000)), fc.constant('\ud83d'.repeat(700))),
    retryable: fc.boolean(),
    retryAfterSeconds: count,
    scorePermille: fc.integer({ min: 0, max: 1000 }),
    scores: fc.stringMatching(/^[01]{1,16}$/),
    usage: fc.record({
      inputTokens: count,
      outputTokens: count,
      cachedTokens: count,
      reasoningTokens: count,
      modelCalls: count,
      toolCalls: count,
      estimated: fc.boolean(),
    }),
    costMicroUSD: count,
    startTime: fc.constant('2026-01-01T00:00:00.000Z'),
    timings: fc.record({
      agentStartMilliseconds: count,
      fixturesMilliseconds: count,
      firstCallMilliseconds: count,
      firstTokenMilliseconds: count,
      agentMilliseconds: count,
      scoringMilliseconds: count,
    }),
    events: fc.record({ count, dropped: count, sha256: fc.constant('f'.repeat(64)) }),
    provenance: fc.record({
      runnerVersion: fc.constant('0.1.0'),
      servedModel: fc.oneof(text(300), fc.constant('\u0000'.repeat(200))),
      questionSHA256: fc.constant('e'.repeat(64)),
      agentVersion: name,
      driver: name,
    }),
    fixtures: fc.constantFrom('removed' as const, 'left' as const),
    findings: fc.record({ count, sha256: fc.constant('c'.repeat(64)) }),
    artifacts: fc.array(
      fc.record({
        name: fc.oneof(text(255), fc.constant('"'.repeat(255)), fc.constant('a.txt')),
        type: fc.constantFrom('text/plain', 'application/octet-stream'),
        bytes: count,
        sha256: fc.constant('b'.repeat(64)),
      }),
      { minLength: 1, maxLength: 64 },
    ),
    artifactsOmitted: fc.integer({ min: 1, max: 1000 }),
    archive: fc.oneof(
      fc.record({
        reason: fc.constantFrom(...ARCHIVE_REASON),
        message: fc.oneof(text(1000), fc.constant('\u0001'.repeat(1000))),
        // A bucket, the longest prefix, a namespace, a run, a job and an attempt.
        uri: fc.constant(`s3://${'b'.repeat(63 + 1 + 201 + 64 + 64 + 64 + 11)}`),
        sha256: fc.constant('a'.repeat(64)),
      }),
      fc.constant({ reason: 'Archived' as const }),
    ),
    answer: fc.record({
      excerpt: fc.oneof(
        text(2000),
        fc.constant('"\\\u0007'.repeat(1000)),
        fc.constant('😀'.repeat(2000)),
        fc.constant('a\ud83d'),
      ),
      sha256: fc.constant('d'.repeat(64)),
      bytes: count,
    }),
  },
  {
    requiredKeys: [
      'v',
      'uid',
      'attempt',
      'outcome',
      'reason',
      'message',
      'retryable',
      'usage',
      'startTime',
      'timings',
      'events',
      'provenance',
    ],
  },
);

describe('encodeReport', () => {
  it('always fits, is valid JSON on one line, and keeps all but long texts', () => {
    fc.assert(
      fc.property(reports, (report) => {
        const encoded = encodeReport(report);
        expect(Buffer.byteLength(encoded)).toBeLessThanOrEqual(MAX_REPORT_BYTES);
        expect(encoded).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
        // Through bytes and back, since that is how the kubelet carries it.
        const decoded = JSON.parse(Buffer.from(encoded).toString()) as Report;
        const { message, answer, provenance, artifacts = [], artifactsOmitted = 0, archive, ...rest } = decoded;
        const { message: fullMessage, answer: fullAnswer, provenance: fullProvenance, ...full } = report;
        const {
          artifacts: fullArtifacts = [],
          artifactsOmitted: omitted = 0,
          archive: fullArchive,
          ...fullRest
        } = full;
        expect(rest).toEqual(fullRest);
        expect(artifacts.length).toBeLessThanOrEqual(16);
        expect(artifacts).toEqual(fullArtifacts.slice(0, artifacts.length));
        expect(artifacts.length + artifactsOmitted).toBe(fullArtifacts.length + omitted);
        expect({ ...archive, message: '' }).toEqual({ ...fullArchive, message: '' });
        expect(fullArchive?.message?.toWellFormed().startsWith(archive?.message ?? '') ?? true).toBe(true);
        expect(fullProvenance.driver?.toWellFormed().startsWith(provenance.driver ?? '')).toBe(true);
        expect(fullMessage.toWellFormed().startsWith(message)).toBe(true);
        expect(fullProvenance.servedModel?.toWellFormed().startsWith(provenance.servedModel ?? '')).toBe(true);
        expect(answer?.sha256).toBe(fullAnswer?.sha256);
        expect(fullAnswer?.excerpt?.toWellFormed().startsWith(answer?.excerpt ?? '') ?? answer === undefined).toBe(
          true,
        );
        expect((message + (answer?.excerpt ?? '')).isWellFormed()).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  const base: Report = {
    v: 1,
    uid: 'u',
    attempt: 1,
    outcome: 'Passed',
    reason: 'Scored',
    message: '',
    retryable: false,
    usage: {},
    startTime: 't',
    timings: {},
    events: {},
    provenance: { runnerVersion: '1' },
  };

  it('writes the fields in their fixed order, whatever the order they came in', () => {
    const shuffled = Object.fromEntries(
      Object.entries({ ...base, scorePermille: 1, answer: { excerpt: 'a' } }).reverse(),
    ) as Report;
    expect(Object.keys(JSON.parse(encodeReport(shuffled)) as object)).toEqual([
      'v',
      'uid',
      'attempt',
      'outcome',
      'reason',
      'message',
      'retryable',
      'scorePermille',
      'usage',
      'startTime',
      'timings',
      'events',
      'provenance',
      'answer',
    ]);
  });

  it('keeps 1,024 characters of an answer and 512 of a message where they fit', () => {
    const encoded = JSON.parse(
      encodeReport({ ...base, message: 'm'.repeat(600), answer: { excerpt: 'a'.repeat(5000) } }),
    ) as Report;
    expect(encoded.message).toHaveLength(512);
    expect(encoded.answer?.excerpt).toHaveLength(1024);
  });
});
