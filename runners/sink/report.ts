import { type Archive, MAX_REPORT_BYTES, type Report } from '../../crds/report.ts';
import { cutCodePoints, cutJSONBytes, encodeJSON } from './cut.ts';

const MAX_MESSAGE_CHARACTERS = 512;
export const MAX_EXCERPT_CHARACTERS = 1024;
const MAX_SERVED_MODEL_CHARACTERS = 128;
const MAX_NAME_CHARACTERS = 63;
/** Of names that an agent gives, which its escapes could make six times as long. */
const MAX_NAME_BYTES = 128;
const MAX_ARCHIVE_MESSAGE_BYTES = 320;
const MAX_ARTIFACTS = 16;
/** With what is said of the archive, which holds all of them. */
const MAX_ARTIFACTS_BYTES = 1228;

/**
 * The report as at most {@link MAX_REPORT_BYTES} bytes of JSON, its fields in the order of the type. What others wrote is
 * cut: the messages and the names to fixed lengths, the artifacts to the first that fit 1.2 KiB together with what is said of the archive, then the excerpt of the answer
 * until the whole fits, and the message once more if even an empty excerpt does not.
 */
export function encodeReport(report: Report): string {
  const message = cutCodePoints(report.message.toWellFormed(), MAX_MESSAGE_CHARACTERS);
  const short = ordered({ ...report, message, ...(report.answer && { answer: { ...report.answer, excerpt: '' } }) });
  const room = MAX_REPORT_BYTES - Buffer.byteLength(encodeJSON(short));
  if (room < 0) {
    const messageBytes = Buffer.byteLength(encodeJSON(message)) - 2;
    return encodeJSON({ ...short, message: cutJSONBytes(message, Math.max(0, messageBytes + room)) });
  }
  if (short.answer === undefined) return encodeJSON(short);
  const excerpt = cutCodePoints((report.answer?.excerpt ?? '').toWellFormed(), MAX_EXCERPT_CHARACTERS);
  return encodeJSON({ ...short, answer: { ...short.answer, excerpt: cutJSONBytes(excerpt, room) } });
}

/** The fields in their fixed order, whatever the order in which they were set. */
function ordered(report: Report): { [name in keyof Report]-?: Report[name] | undefined } {
  const archive = report.archive && cutArchive(report.archive);
  const archiveBytes = archive === undefined ? 0 : Buffer.byteLength(encodeJSON(archive));
  const artifacts = fitting(report.artifacts ?? [], MAX_ARTIFACTS_BYTES - archiveBytes);
  const omitted = (report.artifactsOmitted ?? 0) + (report.artifacts?.length ?? 0) - artifacts.length;
  return {
    v: report.v,
    uid: report.uid,
    attempt: report.attempt,
    outcome: report.outcome,
    reason: report.reason,
    message: report.message,
    retryable: report.retryable,
    retryAfterSeconds: report.retryAfterSeconds,
    scorePermille: report.scorePermille,
    scores: report.scores,
    usage: report.usage,
    costMicroUSD: report.costMicroUSD,
    startTime: report.startTime,
    timings: report.timings,
    events: report.events,
    provenance: provenance(report.provenance),
    fixtures: report.fixtures,
    findings: report.findings,
    artifacts: artifacts.length > 0 ? artifacts : undefined,
    artifactsOmitted: omitted > 0 ? omitted : undefined,
    archive,
    answer: report.answer,
  };
}

type Artifacts = NonNullable<Report['artifacts']>;

/** The first artifacts, as many as there is room for. */
function fitting(artifacts: Artifacts, maxBytes: number): Artifacts {
  let bytes = 0;
  const end = artifacts.findIndex((artifact) => {
    bytes += Buffer.byteLength(encodeJSON(artifact)) + 1;
    return bytes > maxBytes;
  });
  return artifacts.slice(0, Math.min(end === -1 ? artifacts.length : end, MAX_ARTIFACTS));
}

function provenance(from: Report['provenance']): Report['provenance'] {
  const { servedModel, driver, agentVersion } = from;
  return {
    ...from,
    ...(servedModel && { servedModel: cutCodePoints(servedModel.toWellFormed(), MAX_SERVED_MODEL_CHARACTERS) }),
    ...(driver && { driver: cutName(driver) }),
    ...(agentVersion && { agentVersion: cutName(agentVersion) }),
  };
}

/** Its address is bounded by the settings that it is made of. */
function cutArchive(from: Archive): Archive {
  const { message } = from;
  return { ...from, ...(message && { message: cutJSONBytes(message.toWellFormed(), MAX_ARCHIVE_MESSAGE_BYTES) }) };
}

function cutName(name: string): string {
  return cutJSONBytes(cutCodePoints(name.toWellFormed(), MAX_NAME_CHARACTERS), MAX_NAME_BYTES);
}
