/** Params of `ask`, those of them that deeds use. */
export interface Params {
  readonly question: string;
  readonly model: string;
  readonly base_url: string;
  readonly backend_type: string;
  readonly artifacts_dir: string;
}

type AgentEvent = { event: string } & Record<string, unknown>;

/** A question that is worked on: deeds change what comes of it. */
export class Work {
  readonly id: string;
  readonly params: Params;
  answer: string | undefined = 'ok';
  findings: unknown;
  error: { kind: string; message: string } | undefined;
  /** All that is asked about this work is answered by what is no JSON. */
  isRubbish = false;
  isDone = false;
  readonly events: AgentEvent[] = [];
  readonly #cancelled = new AbortController();
  readonly #listeners = new Set<() => void>();

  constructor(id: string, params: Params) {
    this.id = id;
    this.params = params;
  }

  get signal(): AbortSignal {
    return this.#cancelled.signal;
  }

  tell(event: AgentEvent): void {
    this.events.push(event);
    for (const listener of this.#listeners) listener();
  }

  finish(): void {
    this.isDone = true;
    for (const listener of this.#listeners) listener();
  }

  cancel(): void {
    this.error = { kind: 'cancelled', message: 'the question was cancelled' };
    this.#cancelled.abort();
  }

  /** Calls `listener` at each event and at the end. @returns what stops that */
  follow(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** As `GET /v1/jobs/{job_id}` says it. */
  get state(): object {
    if (!this.isDone) return { job_id: this.id, state: 'running' };
    const end =
      this.error === undefined
        ? { status: 'ok', result: { answer: this.answer, findings: this.findings } }
        : { status: 'error', error: this.error };
    return { job_id: this.id, state: 'done', ...end };
  }
}
