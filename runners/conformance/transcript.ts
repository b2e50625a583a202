import { readDriverLine } from '../protocol/driver-line.ts';
import type { DriverEvent } from '../protocol/event.ts';
import { parseObject } from '../protocol/json.ts';
import { PROTOCOL } from '../protocol/limits.ts';
import { DRIVER_ERROR_KINDS, type Outcome } from '../protocol/outcome.ts';
import { printable } from '../protocol/text.ts';
import { Finding } from './check.ts';

/** What a driver wrote to standard output, as it must be understood. */
export type Transcript = { events: DriverEvent[]; outcome: Outcome | undefined; strayLines: number };

/** Reads standard output more strictly than agent-host does. Throws a Finding that names the line. */
export function readTranscript(output: Buffer, id: string): Transcript {
  const transcript: Transcript = { events: [], outcome: undefined, strayLines: 0 };
  for (const [index, line] of linesOf(output).entries()) {
    try {
      readInto(transcript, line, id);
    } catch (error) {
      throw new Finding(`line ${index + 1} of standard output: ${(error as Error).message}\n${shown(line)}`);
    }
  }
  return transcript;
}

/** A line as it is shown to people: printable, and cut. */
function shown(line: Buffer): string {
  const text = printable(line.toString('utf8', 0, 160));
  return line.length > 160 ? `${text}… (${line.length} bytes)` : text;
}

function readInto(transcript: Transcript, bytes: Buffer, id: string): void {
  if (bytes.length > PROTOCOL.maxLineBytes) throw new Finding(`it is longer than ${PROTOCOL.maxLineBytes} bytes`);
  if (/^\s+\{\s*"/.test(bytes.toString('latin1', 0, 100)))
    throw new Finding('a line of the protocol begins with {, without blanks before it');
  const line = readDriverLine(bytes, id);
  if (line.type === 'text') {
    if (bytes[0] === 0x7b) throw new Finding('there is no event of this name');
    transcript.strayLines += 1;
    return;
  }
  if (transcript.outcome) throw new Finding('it comes after the result; what comes after it is ignored');
  if (line.type === 'event') transcript.events.push(line.event);
  else transcript.outcome = line.outcome;
  if (line.type === 'outcome' && line.outcome.status === 'error') checkKind(bytes);
}

/** What agent-host takes for `agent`. */
function checkKind(bytes: Buffer): void {
  const { kind } = parseObject(bytes)['error'] as { kind: string };
  if (!DRIVER_ERROR_KINDS.some((known) => known === kind))
    throw new Finding(`\`kind\` is ${JSON.stringify(kind)}, not one of ${DRIVER_ERROR_KINDS.join(', ')}`);
}

function linesOf(output: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  let start = 0;
  for (let end = output.indexOf(0x0a); end !== -1; end = output.indexOf(0x0a, start)) {
    lines.push(output.subarray(start, end));
    start = end + 1;
  }
  if (start < output.length) lines.push(output.subarray(start));
  return lines;
}
