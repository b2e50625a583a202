import type { IncomingMessage } from 'node:http';
import { type DriverEvent, readEvent } from '../../protocol/event.ts';
import { type JSONObject, ProtocolError, parseObject } from '../../protocol/json.ts';
import { PROTOCOL } from '../../protocol/limits.ts';
import { LineSplitter, LineTooLongError } from '../../protocol/lines.ts';
import { show } from '../../protocol/text.ts';
import { chunks } from './connection.ts';
import { AgentFailure } from './failure.ts';

/** More than 10,000 events of 8 KiB need where their texts are escaped. */
const MAX_MEBIBYTES = 256;

/** Reads the events of a question, which may take several answers of the server. */
export class Events {
  /** The number of the last one that came. */
  last = 0;
  /** How many came after the first 10,000, which are not told of. */
  dropped = 0;
  #told = 0;
  #bytes = 0;
  readonly #tell: (event: DriverEvent) => void;

  constructor(tell: (event: DriverEvent) => void) {
    this.#tell = tell;
  }

  /** Reads on to the last event, or the end of the answer. Throws a ProtocolError, and an AgentFailure for events without end. */
  async read(answer: IncomingMessage): Promise<void> {
    const splitter = new LineSplitter(PROTOCOL.maxLineBytes);
    try {
      for await (const chunk of chunks(answer)) {
        this.#count(chunk.length);
        for (const line of splitter.push(chunk)) if (this.#take(line)) return;
      }
    } catch (error) {
      throw error instanceof LineTooLongError ? new ProtocolError(`holds ${error.message}`) : error;
    }
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes <= MAX_MEBIBYTES * 1024 * 1024) return;
    throw new AgentFailure('output_too_large', `its events are longer than ${MAX_MEBIBYTES} MiB`);
  }

  /** Whether it is the last one. A line that was cut with its connection is not taken: it comes again. */
  #take(bytes: Buffer): boolean {
    if (bytes.length === 0) return false;
    const line = parseObject(bytes);
    const { seq } = { seq: line['seq'] };
    if (typeof seq !== 'number' || !Number.isSafeInteger(seq) || seq < 1) {
      throw new ProtocolError(`has an event whose \`seq\` is ${show(seq)}, not its number`);
    }
    if (line['event'] === 'end') {
      this.dropped += droppedBefore(line);
      return true;
    }
    if (seq <= this.last) return false;
    this.last = seq;
    const event = readEvent(line);
    if (event === undefined) return false;
    if (this.#told >= PROTOCOL.maxEvents) {
      this.dropped += 1;
      return false;
    }
    this.#told += 1;
    this.#tell(event);
    return false;
  }
}

/** Events that the server itself did not keep; 0 for one that does not say. */
function droppedBefore(line: JSONObject): number {
  const count = Number(line['dropped']);
  return Number.isSafeInteger(count) && count > 0 ? count : 0;
}
