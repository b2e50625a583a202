import { createHash } from 'node:crypto';
import type { Report } from '../../crds/report.ts';
import { cutJSONBytes, encodeJSON } from './cut.ts';
import type { LineSink } from './lines.ts';

export type EventType = 'log' | 'progress' | 'tool' | 'usage' | 'score' | 'artifact' | 'result';
export type EventFields = { [name: string]: string | number | boolean | undefined };

/** The container runtime splits lines of more than 16 KiB. */
export const MAX_LINE_BYTES = 12 * 1024;
export const MAX_TOTAL_BYTES = 8 * 1024 * 1024;
/** Of those that are `from` the agent, so that it cannot crowd out what the runner itself has to say. */
export const MAX_AGENT_BYTES = 6 * 1024 * 1024;

/** The job's event lines: counted, hashed, bounded. */
export type EventLog = {
  /** Writes a line, or drops it when there are 8 MiB of them, or 6 MiB of the agent's. The longest text of a line that is too long is cut. */
  emit(type: EventType, fields: EventFields): void;
  /** Of the lines written so far, waiting for those that are on their way: to be called when there are no more. */
  summary(): NonNullable<Report['events']>;
  /** The lines written so far, where they are kept. */
  lines(): string[];
};

/**
 * Room for the result is kept back, so that it is never dropped for want of room.
 * @param keeps whether the lines, which are at most 8 MiB, are kept to be archived
 */
export function eventLog(lines: LineSink, now: () => Date, keeps = false): EventLog {
  const kept: string[] = [];
  const hash = createHash('sha256');
  let seq = 0;
  let count = 0;
  let total = 0;
  let fromAgent = 0;
  return {
    emit(type, fields) {
      const line = `${encodeLine({ v: 1, seq, t: now().toISOString(), type }, fields)}\n`;
      seq += 1;
      const bytes = Buffer.byteLength(line);
      if (total + bytes > MAX_TOTAL_BYTES - (type === 'result' ? 0 : MAX_LINE_BYTES)) return;
      if (fields['from'] === 'agent') {
        if (fromAgent + bytes > MAX_AGENT_BYTES) return;
        fromAgent += bytes;
      }
      total += bytes;
      lines.write(line, () => {
        count += 1;
        hash.update(line);
        if (keeps) kept.push(line);
      });
    },
    summary() {
      lines.drain();
      return { count, dropped: seq - count, sha256: hash.copy().digest('hex') };
    },
    lines: () => kept,
  };
}

function encodeLine(head: object, fields: EventFields): string {
  const safe: EventFields = Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, typeof value === 'string' ? value.toWellFormed() : value]),
  );
  const line = encodeJSON({ ...head, ...safe });
  const excess = Buffer.byteLength(line) + 1 - MAX_LINE_BYTES;
  if (excess <= 0) return line;
  const [name, text] = longestText(safe);
  const room = Buffer.byteLength(encodeJSON(text)) - 2 - excess - TRUNCATED_BYTES;
  const cut = { ...safe, [name]: cutJSONBytes(text, Math.max(0, room)), truncated: true };
  return room >= 0 ? encodeJSON({ ...head, ...cut }) : encodeLine(head, cut);
}

const TRUNCATED_BYTES = ',"truncated":true'.length;

function longestText(fields: EventFields): [string, string] {
  const texts = Object.entries(fields).filter((field): field is [string, string] => typeof field[1] === 'string');
  return texts.reduce((longest, field) => (field[1].length > longest[1].length ? field : longest), ['', '']);
}
