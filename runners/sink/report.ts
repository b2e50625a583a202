import { MAX_REPORT_BYTES, type Report } from '../../crds/report.ts';
import { cutCodePoints, cutJSONBytes, encodeJSON } from './cut.ts';

const MAX_MESSAGE_CHARACTERS = 512;
export const MAX_EXCERPT_CHARACTERS = 1024;
const MAX_SERVED_MODEL_CHARACTERS = 128;

/**
 * The report as at most {@link MAX_REPORT_BYTES} bytes of JSON, its fields in the order of the type. What others wrote is
 * cut: the message and the model's name to fixed lengths, then the excerpt of the answer until the whole fits, and the
 * message once more if even an empty excerpt does not.
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
  const { servedModel } = report.provenance;
  const model = servedModel && cutCodePoints(servedModel.toWellFormed(), MAX_SERVED_MODEL_CHARACTERS);
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
    provenance: model ? { ...report.provenance, servedModel: model } : report.provenance,
    fixtures: report.fixtures,
    findings: report.findings,
    artifacts: report.artifacts,
    artifactsOmitted: report.artifactsOmitted,
    answer: report.answer,
  };
}
