import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import type { LangGraphServer } from './langgraph-server.ts';
import { type AiMessage, failureOf, type Message, readUpdate, textOf } from './messages.ts';
import { DriverError, type Tell, type Usage } from './protocol.ts';

export interface Ending {
  readonly answer: string;
  readonly usage: Usage;
}

/** Runs the graph, and tells of its tool calls as they come. @throws DriverError when the run fails, or has no end */
export async function run({ url, ended }: LangGraphServer, body: object, tell: Tell): Promise<Ending> {
  return await Promise.race([ended, follow(url, body, tell).catch(blameServer)]);
}

async function follow(url: string, body: object, tell: Tell): Promise<Ending> {
  const answer = await post(`${url}/runs/stream`, body);
  if (answer.statusCode !== 200) {
    const line = (await text(answer)).trim().split('\n')[0] ?? '';
    throw new DriverError('agent', `LangGraph's server refused the run (${answer.statusCode}): ${line}`);
  }
  const conversation = new Conversation(tell);
  for await (const event of events(answer)) {
    const ending = conversation.add(event);
    if (ending !== undefined) return ending;
  }
  throw new DriverError('agent', 'the run came to no end: the last message of the model is missing');
}

function blameServer(error: unknown): never {
  if (error instanceof DriverError) throw error;
  throw new DriverError('agent', `LangGraph's server broke off: ${error instanceof Error ? error.message : error}`);
}

/** What was said in a run so far. */
class Conversation {
  readonly #tell: Tell;
  readonly #calls = new Map<string, object>();
  #usage: Usage = { input_tokens: 0, output_tokens: 0 };

  constructor(tell: Tell) {
    this.#tell = tell;
  }

  /** @returns the ending, when the event brings it. @throws DriverError for an event that says that the run failed */
  add({ event, data }: EventSourceMessage): Ending | undefined {
    // A run that failed has status 200 all the same.
    if (event === 'error') throw failureOf(data);
    if (event !== 'updates') return undefined;
    for (const message of readUpdate(data)) {
      if (message.type === 'tool') this.#tellCall(message);
      if (message.type !== 'ai') continue;
      this.#count(message);
      for (const { id, args } of message.tool_calls) this.#calls.set(id, args);
      // The graph ends with the first message that calls no tool; the server takes half a second more to say so.
      if (message.tool_calls.length === 0) return this.#end(message);
    }
    return undefined;
  }

  #end(message: AiMessage): Ending {
    const answer = textOf(message.content);
    const [broken] = message.invalid_tool_calls;
    if (answer === '' && broken !== undefined) {
      throw new DriverError('agent', `the model called ${broken.name} with arguments that are not JSON`);
    }
    return { answer, usage: this.#usage };
  }

  #tellCall({ name, tool_call_id, status, content, artifact }: Message & { type: 'tool' }): void {
    this.#tell('tool', {
      name,
      arguments: this.#calls.get(tool_call_id) ?? {},
      status: status === 'error' ? 'error' : 'ok',
      ...(artifact?.milliseconds === undefined ? {} : { milliseconds: artifact.milliseconds }),
      message: textOf(content).slice(0, 2000),
    });
  }

  #count({ usage_metadata: usage }: AiMessage): void {
    this.#usage = {
      input_tokens: this.#usage.input_tokens + (usage?.input_tokens ?? 0),
      output_tokens: this.#usage.output_tokens + (usage?.output_tokens ?? 0),
    };
  }
}

/** Without a time-out of its own, which fetch has: a model may be silent for long. */
async function post(url: string, body: object): Promise<IncomingMessage> {
  const sent = request(url, { method: 'POST', headers: { 'content-type': 'application/json' } });
  sent.end(JSON.stringify(body));
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  return answer;
}

async function* events(answer: IncomingMessage): AsyncGenerator<EventSourceMessage> {
  const arrived: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (event) => arrived.push(event) });
  answer.setEncoding('utf8');
  for await (const chunk of answer) {
    parser.feed(chunk);
    yield* arrived.splice(0);
  }
}
