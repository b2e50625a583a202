/** The stdio form of the driver protocol, see runners/PROTOCOL.md: one request, events, one result or error. */
import { createInterface } from 'node:readline';

export interface AskParams {
  readonly question: string;
  readonly context?: string;
  readonly model: string;
  readonly base_url: string;
  readonly backend_type: 'openai' | 'ollama';
  readonly options?: unknown;
  readonly seed?: number;
  readonly deadline_seconds: number;
  readonly artifacts_dir: string;
  readonly namespace: string;
}

export interface Result {
  readonly answer: string;
  readonly usage?: Usage;
  readonly agent_version?: string;
}

export interface Usage {
  readonly input_tokens: number;
  readonly output_tokens: number;
}

/** Writes one event. */
export type Tell = (event: 'log' | 'progress' | 'tool', fields: object) => void;

export interface Driver {
  readonly info: () => Promise<object>;
  readonly ask: (params: AskParams, tell: Tell) => Promise<Result>;
}

/** How a question fails; `kind` says whose fault it is. */
export class DriverError extends Error {
  override readonly name = 'DriverError';
  readonly kind: 'agent' | 'bad_option' | 'infrastructure' | 'model' | 'timeout' | 'unknown_action';

  constructor(kind: DriverError['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}

/** Reads one request from standard input and answers it on standard output, which is written when this is done. */
export async function answerOneRequest(driver: Driver): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line) as { id: string; action: string; params: AskParams };
    const say = async (fields: object) => await print(`${JSON.stringify({ id: request.id, ...fields })}\n`);
    const tell: Tell = (event, fields) => void say({ event, ...short(fields) });
    const ending = await resultOf(driver, request, tell).then((result) => ({ status: 'ok', result }), failure);
    return await say(ending);
  }
}

/** What is longer is cut, or left out, by agent-host; a line that is too long would be the end of the question. */
const maxCharacters = 8192;

function short(fields: object): object {
  const shown = Object.entries(fields).flatMap(([name, value]) => {
    if (typeof value === 'string') return [[name, value.slice(0, maxCharacters)]];
    return JSON.stringify(value ?? null).length > maxCharacters ? [] : [[name, value]];
  });
  return Object.fromEntries(shown);
}

function failure(error: unknown): object {
  const kind = error instanceof DriverError ? error.kind : 'agent';
  return { status: 'error', error: { kind, message: error instanceof Error ? error.message : String(error) } };
}

async function print(line: string): Promise<void> {
  await new Promise((resolve) => process.stdout.write(line, resolve));
}

async function resultOf(
  driver: Driver,
  { action, params }: { action: string; params: AskParams },
  tell: Tell,
): Promise<object> {
  if (action === 'info') return await driver.info();
  if (action === 'ask') return await driver.ask(params, tell);
  throw new DriverError('unknown_action', `the actions are ask and info, not ${action}`);
}
