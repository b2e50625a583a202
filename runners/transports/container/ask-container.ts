import { setTimeout } from 'node:timers/promises';
import type { JobFile } from '../../../crds/job-file.ts';
import type { DriverEvent } from '../../protocol/event.ts';
import { field, type JSONObject, ProtocolError } from '../../protocol/json.ts';
import type { Answer } from '../../protocol/outcome.ts';
import { show } from '../../protocol/text.ts';
import type { Ask } from '../ask.ts';
import { type AgentRequest, ConnectionError, readObject, refusal, send } from './connection.ts';
import { Events } from './events.ts';
import { AgentFailure } from './failure.ts';
import { readEnd, readState } from './job-state.ts';
import { assertSameServer } from './restart.ts';

/** An agent whose server has answered. */
export type ReadyAgent = { url: string; bootId: string };

export type ContainerAsk = Ask & {
  job: JobFile;
  agent: ReadyAgent;
  /** Where the agent is to leave its files, as the agent sees it. */
  artifactsFolder: string;
  /** Told of each event, as it comes. */
  onEvent: (event: DriverEvent) => void;
  /** Told at the end of events that were too many. */
  onDropped: (count: number) => void;
};

const CANCEL_MILLISECONDS = 300;
const FIRST_PAUSE_MILLISECONDS = 20;
const MAX_PAUSE_MILLISECONDS = 1_000;

/** Puts the question to the agent's server. Throws an {@link AgentFailure}; or whatever comes of it that `signal` is aborted. */
export async function askContainer(ask: ContainerAsk): Promise<Answer> {
  try {
    return await new Conversation(ask).ask();
  } catch (error) {
    throw error instanceof ProtocolError
      ? new AgentFailure('protocol', `an answer of its server ${error.message}`)
      : error;
  }
}

class Conversation {
  readonly #ask: ContainerAsk;

  constructor(ask: ContainerAsk) {
    this.#ask = ask;
  }

  async ask(): Promise<Answer> {
    const taken = await this.#post();
    if (typeof taken !== 'string') return taken;
    const path = `/v1/jobs/${taken}`;
    try {
      return await this.#follow(path);
    } finally {
      if (this.#ask.signal.aborted) await this.#cancel(path);
    }
  }

  /** The answer, or the id of the job that will have it. */
  async #post(): Promise<Answer | string> {
    try {
      const answer = await this.#send({ method: 'POST', path: '/v1/actions/ask', body: params(this.#ask) });
      if (answer.statusCode === 200) return readEnd(await readObject(answer));
      if (answer.statusCode === 202) return jobId(await readObject(answer));
      throw new AgentFailure('protocol', `the answer to the question is ${await refusal(answer)}`);
    } catch (error) {
      await this.#assertSameServer(error);
      throw new AgentFailure('protocol', `its server did not take the question: ${(error as Error).message}`);
    }
  }

  /** Reads events until the job is done, again and again where the connection breaks, then its result. */
  async #follow(path: string): Promise<Answer> {
    const events = new Events(this.#ask.onEvent);
    for (let pause = FIRST_PAUSE_MILLISECONDS; ; pause = Math.min(2 * pause, MAX_PAUSE_MILLISECONDS)) {
      const before = events.last;
      try {
        await this.#readEvents(path, events);
        const answer = await this.#readState(path);
        if (answer !== undefined) {
          if (events.dropped > 0) this.#ask.onDropped(events.dropped);
          return answer;
        }
      } catch (error) {
        await this.#assertSameServer(error);
      }
      if (events.last > before) pause = FIRST_PAUSE_MILLISECONDS;
      await setTimeout(pause, undefined, { signal: this.#ask.signal });
    }
  }

  async #readEvents(path: string, events: Events): Promise<void> {
    const answer = await this.#send({ method: 'GET', path: `${path}/events?after=${events.last}` });
    if (answer.statusCode !== 200) return this.#refuse('events', await refusal(answer));
    try {
      await events.read(answer);
    } finally {
      answer.destroy();
    }
  }

  async #readState(path: string): Promise<Answer | undefined> {
    const answer = await this.#send({ method: 'GET', path });
    if (answer.statusCode !== 200) return this.#refuse('the state', await refusal(answer));
    return readState(await readObject(answer));
  }

  /** A server that was restarted knows nothing of the job, either. */
  async #refuse(what: string, how: string): Promise<never> {
    await assertSameServer(this.#ask.agent.url, this.#ask.agent.bootId, this.#ask.signal);
    throw new AgentFailure('protocol', `its server's answer, asked for ${what} of the job that it took, is ${how}`);
  }

  /** Returns where only the connection broke, and throws for all else. */
  async #assertSameServer(error: unknown): Promise<void> {
    if (this.#ask.signal.aborted || !(error instanceof ConnectionError)) throw error;
    await assertSameServer(this.#ask.agent.url, this.#ask.agent.bootId, this.#ask.signal);
  }

  /** Tells the agent to end, and waits a moment for it to hear that. */
  async #cancel(path: string): Promise<void> {
    const signal = AbortSignal.timeout(CANCEL_MILLISECONDS);
    await send(this.#ask.agent.url, { method: 'DELETE', path, signal }).then(
      (answer) => answer.destroy(),
      () => undefined,
    );
  }

  #send(request: Omit<AgentRequest, 'signal'>) {
    return send(this.#ask.agent.url, { ...request, signal: this.#ask.signal });
  }
}

/** Of characters that mean nothing in a path. */
function jobId(body: JSONObject): string {
  const id = field.text(body, 'job_id');
  if (/^[\w:-]{1,128}$/.test(id)) return id;
  throw new ProtocolError(`has the \`job_id\` ${show(id)}, which is not 1 to 128 letters, digits, "_", "-" and ":"`);
}

/** The params of `ask`, see ../../PROTOCOL.md. */
function params({ job, prompt, context, meterURL, artifactsFolder }: ContainerAsk): object {
  const { backend, agent, model, seed, activeDeadlineSeconds, namespace } = job;
  return {
    question: prompt,
    context,
    model: model.name,
    base_url: backend.type === 'openai' ? `${meterURL}/v1` : meterURL,
    backend_type: backend.type,
    options: agent.options,
    seed,
    deadline_seconds: activeDeadlineSeconds,
    artifacts_dir: artifactsFolder,
    namespace,
  };
}
