import { OUTCOMES } from '../../crds/names.ts';
import type { Report } from '../../crds/report.ts';

/**
 * The report in a termination message, or undefined when there is none, it is broken, or it is about another job or
 * attempt. The runner is trusted, but a message can be cut, and what is written to a status must fit its schema.
 */
export function readReport(message: string | undefined, uid: string, attempt: number): Report | undefined {
  if (message === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(message);
  } catch {
    return undefined;
  }
  if (!isReport(value) || value.uid !== uid || value.attempt !== attempt) return undefined;
  return value;
}

function isReport(value: unknown): value is Report {
  if (typeof value !== 'object' || value === null) return false;
  const report = value as Partial<Report>;
  return (
    report.v === 1 &&
    OUTCOMES.some((outcome) => outcome === report.outcome) &&
    typeof report.reason === 'string' &&
    typeof report.message === 'string' &&
    typeof report.retryable === 'boolean' &&
    isCounts(report.usage) &&
    isCounts(report.timings) &&
    typeof report.startTime === 'string' &&
    typeof report.events === 'object' &&
    typeof report.provenance === 'object' &&
    isCount(report.costMicroUSD) &&
    isCount(report.scorePermille)
  );
}

function isCounts(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).every((one) => typeof one === 'boolean' || isCount(one));
}

function isCount(value: unknown): boolean {
  return value === undefined || (Number.isSafeInteger(value) && (value as number) >= 0);
}
