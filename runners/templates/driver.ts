/**
 * A driver for RUNE, in TypeScript for Node 24, without dependencies. What it does is yours to change: `ask` below calls
 * the model once; your driver would run its agent. It is tested by: make driver-test DRIVER='node runners/templates/driver.ts'
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

type Ask = {
  question: string;
  context?: string;
  model: string;
  base_url: string;
  backend_type: 'openai' | 'ollama';
  options: Record<string, unknown>;
  seed?: number;
  deadline_seconds: number;
  artifacts_dir: string;
};

const OPTIONS = {
  type: 'object',
  properties: { temperature: { type: 'number' } },
  additionalProperties: false,
};

/** An error for RUNE; its kind says whose fault it was. */
class DriverError extends Error {
  readonly kind: string;
  constructor(
    kind: 'agent' | 'bad_option' | 'model' | 'timeout' | 'infrastructure' | 'unknown_action',
    message: string,
  ) {
    super(message);
    this.kind = kind;
  }
}

const { id, action, params } = JSON.parse(await text(process.stdin)) as { id: string; action: string; params: Ask };
try {
  say({ status: 'ok', result: await act() });
} catch (error) {
  const kind = error instanceof DriverError ? error.kind : 'agent';
  say({ status: 'error', error: { kind, message: error instanceof Error ? error.message : String(error) } });
}

function say(line: object): void {
  process.stdout.write(`${JSON.stringify({ id, ...line })}\n`);
}

async function act(): Promise<object> {
  if (action === 'info') return { driver: 'template-typescript 1.0', options: OPTIONS };
  if (action === 'ask') return await ask(params);
  throw new DriverError('unknown_action', `there is no action ${action}`);
}

async function ask(params: Ask) {
  const { question, context, model, base_url, backend_type, options, seed, deadline_seconds, artifacts_dir } = params;
  const unknown = Object.keys(options).find((name) => !(name in OPTIONS.properties));
  if (unknown !== undefined) throw new DriverError('bad_option', `there is no option ${unknown}, but temperature`);

  say({ event: 'progress', message: 'asking the model', percent: 0 });
  const content = context === undefined ? question : `${question}\n\n${context}`;
  const body = { model, messages: [{ role: 'user', content }], seed, ...options };
  // The meter speaks OpenAI's wire for a backend of Ollama's, too, below /v1.
  const openai = backend_type === 'ollama' ? `${base_url}/v1` : base_url;
  const reply = await callModel(`${openai}/chat/completions`, body, deadline_seconds);

  const answer: unknown = reply?.choices?.[0]?.message?.content;
  if (typeof answer !== 'string') throw new DriverError('model', 'the model sent no answer');
  const usage = { input_tokens: reply.usage?.prompt_tokens ?? 0, output_tokens: reply.usage?.completion_tokens ?? 0 };
  say({ event: 'usage', ...usage });
  writeFileSync(join(artifacts_dir, 'answer.txt'), answer);
  return { answer, usage };
}

type Reply = {
  choices?: { message?: { content?: unknown } }[];
  usage?: { prompt_tokens?: number; completion_tokens?: number };
};

async function callModel(url: string, body: object, deadlineSeconds: number): Promise<Reply> {
  try {
    const headers = { 'content-type': 'application/json', authorization: 'Bearer none' };
    const signal = AbortSignal.timeout(deadlineSeconds * 900); // A tenth of the time is left to tell of it.
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body), signal });
    if (!response.ok) throw new Error(`${response.status} ${(await response.text()).slice(0, 500)}`);
    return (await response.json()) as Reply;
  } catch (error) {
    const isLate = error instanceof Error && error.name === 'TimeoutError';
    if (isLate) throw new DriverError('timeout', 'the model did not answer in time');
    throw new DriverError('model', `the call to the model failed: ${error instanceof Error ? error.message : error}`);
  }
}
