import { readDriverLine } from '../protocol/driver-line.ts';
import type { DriverEvent } from '../protocol/event.ts';
import { type JSONObject, ProtocolError } from '../protocol/json.ts';
import { PROTOCOL } from '../protocol/limits.ts';
import { LineSplitter, LineTooLongError } from '../protocol/lines.ts';
import type { Outcome, OutcomeError } from '../protocol/outcome.ts';
import { printable, show } from '../protocol/text.ts';

/** What becomes of a driver's output beside its result. */
export type OutputHooks = {
  event(event: DriverEvent): void;
  /** A line that is not of the protocol, its end included. */
  text(line: Buffer): void;
  /** The result as the action has it. Throws a ProtocolError for a wrong one. */
  result(result: JSONObject): JSONObject;
};

/** A driver's standard output, read up to its first result, error or fault. What comes then is ignored. */
export class DriverOutput {
  readonly #id: string;
  readonly #hooks: OutputHooks;
  readonly #lines = new LineSplitter(PROTOCOL.maxLineBytes);
  #lineNumber = 0;
  #bytes = 0;
  #said: Outcome | undefined;
  #fault: OutcomeError | undefined;

  constructor(id: string, hooks: OutputHooks) {
    this.#id = id;
    this.#hooks = hooks;
  }

  get said(): Outcome | undefined {
    return this.#said;
  }

  get fault(): OutcomeError | undefined {
    return this.#fault;
  }

  push(chunk: Buffer): void {
    this.#bytes += chunk.length;
    this.#read(this.#lines.push(chunk));
    if (!this.#isDecided() && this.#bytes > PROTOCOL.maxOutputBytes) {
      const message = `the driver wrote more than ${PROTOCOL.maxOutputBytes} bytes to standard output`;
      this.#fault = { kind: 'output_too_large', message };
    }
  }

  /** The last line need not be ended. */
  end(): void {
    const rest = this.#lines.end();
    if (rest) this.#read([rest]);
  }

  #isDecided(): boolean {
    return this.#said !== undefined || this.#fault !== undefined;
  }

  #read(lines: Iterable<Buffer>): void {
    if (this.#isDecided()) return;
    let line: Buffer | undefined;
    try {
      for (line of lines) {
        this.#lineNumber += 1;
        this.#take(line);
        if (this.#isDecided()) return;
        line = undefined;
      }
    } catch (error) {
      this.#fault = { kind: 'protocol', message: this.#describe(error, line) };
    }
  }

  #take(bytes: Buffer): void {
    const line = readDriverLine(bytes, this.#id);
    if (line.type === 'event') this.#hooks.event(line.event);
    else if (line.type === 'text') this.#hooks.text(Buffer.concat([bytes, NEWLINE]));
    else if (line.outcome.status === 'error') this.#said = line.outcome;
    else this.#said = { status: 'ok', result: this.#hooks.result(line.outcome.result) };
  }

  #describe(error: unknown, line: Buffer | undefined): string {
    if (error instanceof LineTooLongError)
      return `line ${this.#lineNumber + 1} of the driver's standard output is longer than ${PROTOCOL.maxLineBytes} bytes`;
    if (!(error instanceof ProtocolError) || !line) throw error;
    const text = show(printable(line.toString('utf8', 0, SHOWN_BYTES)), SHOWN_BYTES);
    return `line ${this.#lineNumber} of the driver's standard output is wrong: ${error.message}. It reads ${text}`;
  }
}

const NEWLINE = Buffer.from('\n');
const SHOWN_BYTES = 200;
