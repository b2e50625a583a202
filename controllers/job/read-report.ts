import { OUTCOMES } from '../../crds/names.ts';
import { ARCHIVE_REASON, type Report, type ReportReason } from '../../crds/report.ts';
import { shorten } from '../sentence.ts';

const MAX_INT32 = 2 ** 31 - 1;
const MAX_INT64 = Number.MAX_SAFE_INTEGER;

/**
 * The report in a termination message, or undefined when there is none, it is broken, or it is about another job or
 * attempt. What identifies the outcome must be there; the rest is cut to the bounds of the status, or left out where it
 * does not fit: a status that the API server refuses would never be written, and the outcome lost with it.
 */
export function readReport(message: string | undefined, uid: string, attempt: number): Report | undefined {
  const report = parsed(message);
  const outcome = OUTCOMES.find((one) => one === report?.['outcome']);
  if (report === undefined || outcome === undefined) return undefined;
  if (report['v'] !== 1 || report['uid'] !== uid || report['attempt'] !== attempt) return undefined;
  const { reason, message: said, retryable, scores, usage, startTime, timings, events, provenance, answer } = report;
  const { fixtures, findings, artifacts } = report;
  if (typeof reason !== 'string' || typeof said !== 'string') return undefined;
  return {
    v: 1,
    uid,
    attempt,
    outcome,
    reason: shorten(reason, 63) as ReportReason,
    message: shorten(said, 1024),
    retryable: retryable === true,
    ...counts(report, { retryAfterSeconds: MAX_INT32, scorePermille: 1000, costMicroUSD: MAX_INT64 }),
    ...(typeof scores === 'string' ? { scores } : {}),
    usage: {
      ...counts(usage, { inputTokens: MAX_INT64, outputTokens: MAX_INT64, cachedTokens: MAX_INT64 }),
      ...counts(usage, { reasoningTokens: MAX_INT64, modelCalls: MAX_INT32, toolCalls: MAX_INT32 }),
      ...(isFields(usage) && typeof usage['estimated'] === 'boolean' ? { estimated: usage['estimated'] } : {}),
    },
    startTime: typeof startTime === 'string' ? startTime : '',
    timings: {
      ...counts(timings, { agentStartMilliseconds: MAX_INT64, fixturesMilliseconds: MAX_INT64 }),
      ...counts(timings, { firstCallMilliseconds: MAX_INT64 }),
      ...counts(timings, { firstTokenMilliseconds: MAX_INT64 }),
      ...counts(timings, { agentMilliseconds: MAX_INT64, scoringMilliseconds: MAX_INT64 }),
    },
    events: { ...counts(events, { count: MAX_INT32, dropped: MAX_INT32 }), ...texts(events, { sha256: 64 }) },
    provenance: {
      runnerVersion: '',
      ...texts(provenance, { runnerVersion: 63, servedModel: 128, questionSHA256: 64, agentVersion: 63, driver: 63 }),
    },
    ...(fixtures === 'removed' || fixtures === 'left' ? { fixtures } : {}),
    ...(isFields(findings)
      ? { findings: { ...counts(findings, { count: MAX_INT32 }), ...texts(findings, { sha256: 64 }) } }
      : {}),
    ...readArtifacts(artifacts, report),
    ...readArchive(report['archive']),
    ...(isFields(answer)
      ? { answer: { ...texts(answer, { excerpt: 2048, sha256: 64 }), ...counts(answer, { bytes: MAX_INT64 }) } }
      : {}),
  };
}

function readArchive(said: unknown): Pick<Report, 'archive'> {
  const { reason, ...rest } = texts(said, { reason: 63, message: 800, uri: 1024, sha256: 64 });
  const known = ARCHIVE_REASON.find((one) => one === reason);
  return known === undefined ? {} : { archive: { reason: known, ...rest } };
}

const MAX_ARTIFACTS = 16;

/** The first artifacts; those that are not whole, or do not fit, are counted. */
function readArtifacts(list: unknown, report: Fields): Pick<Report, 'artifacts' | 'artifactsOmitted'> {
  const { artifactsOmitted = 0 } = counts(report, { artifactsOmitted: MAX_INT32 });
  const said = Array.isArray(list) ? list : [];
  const artifacts = said.flatMap((one) => readArtifact(one) ?? []).slice(0, MAX_ARTIFACTS);
  const omitted = Math.min(artifactsOmitted + said.length - artifacts.length, MAX_INT32);
  return {
    ...(artifacts.length === 0 ? {} : { artifacts }),
    ...(omitted === 0 ? {} : { artifactsOmitted: omitted }),
  };
}

function readArtifact(said: unknown): NonNullable<Report['artifacts']>[number] | undefined {
  const { name, type, sha256 } = texts(said, { name: 255, type: 127, sha256: 64 });
  const { bytes } = counts(said, { bytes: MAX_INT64 });
  const isWhole = name !== undefined && type !== undefined && sha256 !== undefined && bytes !== undefined;
  return isWhole ? { name, type, bytes, sha256 } : undefined;
}

type Fields = Record<string, unknown>;

function parsed(message: string | undefined): Fields | undefined {
  try {
    const value: unknown = JSON.parse(message ?? '');
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Those of the named fields that are whole numbers from 0 on, none above its bound. */
function counts<Key extends string>(of: unknown, bounds: Record<Key, number>): { [K in Key]?: number } {
  return picked(of, bounds, (value, max) =>
    Number.isInteger(value) && (value as number) >= 0 ? Math.min(value as number, max) : undefined,
  );
}

/** Those of the named fields that are texts, none longer than its bound. */
function texts<Key extends string>(of: unknown, bounds: Record<Key, number>): { [K in Key]?: string } {
  return picked(of, bounds, (value, max) => (typeof value === 'string' ? shorten(value, max) : undefined));
}

function picked<Key extends string, T>(
  of: unknown,
  bounds: Record<Key, number>,
  pick: (value: unknown, max: number) => T | undefined,
): { [K in Key]?: T } {
  const entries = Object.entries<number>(bounds).map(([key, max]) => [
    key,
    pick(isFields(of) ? of[key] : undefined, max),
  ]);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
