import type { JSONObject } from '../protocol/json.ts';
import { type Outcome, readAnswer } from '../protocol/outcome.ts';
import { makeArtifactsFolder } from './artifacts.ts';
import type { HostConfig } from './config.ts';
import { type Driver, startDriver } from './driver.ts';
import { EventLog } from './event-log.ts';
import { shareWithGroup } from './folders.ts';
import { RequestError } from './request-error.ts';

/** A question that was asked. `outcome` is there when it is done. */
export type Question = { id: string; events: EventLog; driver: Driver; outcome?: Outcome };

/** Works on one question at a time, and keeps it until the next one. */
export class Questions {
  readonly #config: HostConfig;
  readonly #bootId: string;
  readonly #afterEach: () => void;
  #count = 0;
  #last: Question | undefined;

  constructor(config: HostConfig, bootId: string, afterEach: () => void) {
    this.#config = config;
    this.#bootId = bootId;
    this.#afterEach = afterEach;
  }

  /** Throws a RequestError for params that cannot be used, or while another question is worked on. */
  ask(params: JSONObject): Question {
    if (this.#last && !this.#last.outcome) throw new RequestError(409, 'busy', 'another question is worked on');
    const seconds = deadline(params);
    // Artifacts may outlive this process, so its ids are not used again by the next one.
    const id = `${this.#bootId.slice(0, 8)}-${++this.#count}`;
    const artifacts = makeArtifactsFolder(this.#config.artifacts, params['artifacts_dir'] ?? id);
    const events = new EventLog();
    const driver = startDriver(
      this.#config,
      { id, action: 'ask', params: { ...params, artifacts_dir: artifacts } },
      seconds + GRACE_SECONDS,
      { event: (event) => events.add(event), result: readAnswer, ended: async () => shareWithGroup(artifacts) },
    );
    const question: Question = { id, events, driver };
    this.#last = question;
    void driver.outcome.then((outcome) => {
      question.outcome = outcome;
      events.end();
      this.#afterEach();
    });
    return question;
  }

  /** Throws a RequestError for one that is not known, or not any more. */
  find(id: string): Question {
    if (this.#last?.id !== id) throw new RequestError(404, 'not_found', `there is no job ${JSON.stringify(id)}`);
    return this.#last;
  }

  async close(): Promise<void> {
    this.#last?.driver.end('cancelled');
    await this.#last?.driver.gone;
  }
}

/** Who asks keeps the deadline, and knows better whose the time was; this is for one that does not. */
const GRACE_SECONDS = 1;

function deadline(params: JSONObject): number {
  const seconds = params['deadline_seconds'] ?? Number.POSITIVE_INFINITY;
  if (typeof seconds === 'number' && seconds > 0) return seconds;
  throw new RequestError(400, 'bad_request', '`deadline_seconds` must be a number above 0');
}
