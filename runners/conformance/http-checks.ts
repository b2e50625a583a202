import { randomUUID } from 'node:crypto';
import type { JSONObject } from '../protocol/json.ts';
import { PROTOCOL } from '../protocol/limits.ts';
import { type Outcome, readAnswer } from '../protocol/outcome.ts';
import { type Check, ensure, Finding } from './check.ts';
import { ensureAsked, expectError, failedModels, MODEL_TEXT, UNKNOWN_OPTION } from './expectations.ts';
import { HttpClient } from './http-client.ts';
import { type Asked, askOverHttp, outcomeOf, readEvents, stateOf } from './http-job.ts';
import type { TestModel } from './model.ts';
import { askParams, type Subject } from './subject.ts';

/** A server of the http form, and what is known of it from outside. */
export type Server = {
  url: string;
  /** Makes a name for an empty folder that the server can write to; undefined for one that names them itself. */
  artifacts?(): string;
  /** Command lines of drivers that run, where that can be seen. */
  drivers?(): string[];
};

/** The rules of the http form. */
export function httpChecks(server: Server, subject: Subject, model: TestModel): Check[] {
  const client = new HttpClient(server.url, subject.timeoutSeconds * 1000);

  let lastJob: string | undefined;

  async function begin(more: JSONObject = {}): Promise<Asked> {
    const asked = await askOverHttp(client, params(more));
    if ('job' in asked) lastJob = asked.job;
    return asked;
  }
  async function ask(more: JSONObject = {}): Promise<Outcome> {
    return await outcomeOf(client, await begin(more));
  }
  /** So that a question of a check that failed is not in the way of the next one. */
  async function endLast(): Promise<void> {
    if (lastJob === undefined) return;
    await client.call('DELETE', `/v1/jobs/${lastJob}`).catch(() => undefined);
    await client.events(lastJob).catch(() => undefined);
  }
  function params(more: JSONObject = {}): JSONObject {
    return askParams(subject, model, server.artifacts?.(), more);
  }

  const checks: Check[] = [
    {
      name: 'GET /v1/info tells protocol and bootId',
      async run() {
        const [first, second] = [await client.call('GET', '/v1/info'), await client.call('GET', '/v1/info')];
        ensure(first.status === 200, `the status is ${first.status}, not 200`);
        ensure(
          first.body['protocol'] === PROTOCOL.version,
          `\`protocol\` is ${JSON.stringify(first.body['protocol'])}, not ${PROTOCOL.version}`,
        );
        const { bootId } = first.body;
        ensure(typeof bootId === 'string' && bootId !== '', `\`bootId\` is ${JSON.stringify(bootId)}, not a text`);
        ensure(
          second.body['bootId'] === bootId,
          '`bootId` changes while the server runs, as if it had been started again',
        );
      },
    },
    {
      name: 'a question is answered, and can be asked for again until the next one',
      async run() {
        model.behave({ type: 'answer', text: MODEL_TEXT });
        const asked = await begin({ 'rune-unknown': [null] });
        const answer = answerOf(await outcomeOf(client, asked));
        if ('job' in asked)
          ensure(answerOf(await stateOf(client, asked.job)) === answer, 'it tells another answer when asked again');
        if (subject.hasModel) ensureAsked(model, subject.question);
      },
    },
    {
      name: 'events can be resumed after each number',
      async run() {
        model.behave({ type: 'answer', text: MODEL_TEXT });
        const asked = await begin();
        if (!('job' in asked)) return;
        const all = await client.events(asked.job);
        readEvents(all, 0);
        for (const after of new Set([1, all.length - 1, all.length].filter((seq) => seq < all.length))) {
          const rest = await client.events(asked.job, after);
          readEvents(rest, after);
          const isSame = Buffer.concat(rest).equals(Buffer.concat(all.slice(after)));
          ensure(isSame, `after ${after} there are other events than when all were asked for`);
        }
      },
    },
    {
      name: 'an unknown option is the error bad_option',
      async run() {
        expectError(await ask({ options: { ...subject.options, [UNKNOWN_OPTION]: true } }), ['bad_option']);
      },
    },
    {
      name: 'what is not there is 404',
      async run() {
        await client.refusal([404], 'POST', '/v1/actions/rune-unknown', '{}');
        await client.refusal([404], 'GET', `/v1/jobs/${randomUUID()}`);
        await client.refusal([404], 'GET', `/v1/jobs/${randomUUID()}/events?after=0`);
        await client.refusal([404], 'DELETE', `/v1/jobs/${randomUUID()}`);
      },
    },
    {
      name: 'a body that is no object is 400, one above 1 MiB is 413',
      async run() {
        for (const body of ['[]', '"text"', '{"question"', ''])
          await client.refusal([400], 'POST', '/v1/actions/ask', body);
        const long = JSON.stringify(params({ context: 'x'.repeat(PROTOCOL.maxBodyBytes) }));
        await client.refusal([413], 'POST', '/v1/actions/ask', long);
      },
    },
    ...failedModels.slice(0, 1).map(({ name, behaviour, kinds }) => ({
      name,
      needsModel: true,
      async run() {
        model.behave(behaviour);
        expectError(await ask(), kinds);
      },
    })),
    {
      name: 'a question that is cancelled is done soon, with its processes, and others wait for it',
      needsModel: true,
      async run() {
        model.behave({ type: 'hang' });
        const asked = await begin();
        if (!('job' in asked)) throw new Finding('it answered before the model did');
        const { job } = asked;
        await firstOf(model.called, subject.timeoutSeconds, 'it did not call the model');
        const other = await client.call('POST', '/v1/actions/ask', JSON.stringify(params()));
        ensure(
          [202, 409].includes(other.status),
          `another question meanwhile: the status is ${other.status}, not 409 or 202`,
        );
        if (other.status === 202) await client.call('DELETE', `/v1/jobs/${other.body['job_id']}`);
        const { status } = await client.call('DELETE', `/v1/jobs/${job}`);
        ensure(status === 202, `DELETE /v1/jobs/${job}: the status is ${status}, not 202`);
        await firstOf(client.events(job), CANCEL_SECONDS, `it is not done ${CANCEL_SECONDS} s after it was cancelled`);
        expectError(await stateOf(client, job), ['cancelled']);
        const again = await client.call('DELETE', `/v1/jobs/${job}`);
        ensure(again.status === 200, `DELETE of a job that is done: the status is ${again.status}, not 200`);
        const left = server.drivers?.() ?? [];
        ensure(left.length === 0, `processes are left: ${left.slice(0, 3).join('; ')}`);
      },
    },
  ];
  return checks.map((check) => ({ ...check, run: async () => check.run().finally(endLast) }));
}

/** SIGTERM, 2 s, SIGKILL, and what the machine needs. */
const CANCEL_SECONDS = 10;

function answerOf(outcome: Outcome): string {
  if (outcome.status === 'error')
    throw new Finding(`it told the error ${outcome.error.kind}: ${outcome.error.message}`);
  const { answer } = readAnswer(outcome.result);
  ensure(answer !== '', '`answer` is empty, which counts as AgentError');
  return answer;
}

async function firstOf<T>(work: Promise<T>, seconds: number, message: string): Promise<T> {
  const timer = Promise.withResolvers<never>();
  const timeout = setTimeout(() => timer.reject(new Finding(message)), seconds * 1000);
  try {
    return await Promise.race([work, timer.promise]);
  } finally {
    clearTimeout(timeout);
  }
}
