import type { DriverEvent } from '../protocol/event.ts';
import { readEvent } from '../protocol/event.ts';
import type { JSONObject } from '../protocol/json.ts';
import { parseObject } from '../protocol/json.ts';
import { ERROR_KINDS, type Outcome, readOutcome } from '../protocol/outcome.ts';
import { ensure, Finding } from './check.ts';
import type { HttpClient } from './http-client.ts';

/** A question asked over HTTP: its number, or what came of it when that was there already. */
export type Asked = { job: string } | { outcome: Outcome };

export async function askOverHttp(client: HttpClient, params: JSONObject): Promise<Asked> {
  const { status, body } = await client.call('POST', '/v1/actions/ask', JSON.stringify(params));
  if (status === 200) return { outcome: readOutcome(body, ERROR_KINDS) };
  ensure(
    status === 202,
    `POST /v1/actions/ask: the status is ${status}, not 202 or 200: ${JSON.stringify(body).slice(0, 300)}`,
  );
  const job = body['job_id'];
  if (typeof job !== 'string' || job === '')
    throw new Finding('POST /v1/actions/ask: there is no `job_id` in the answer 202');
  return { job };
}

/** What comes of a question, when all its events have come; they are checked. */
export async function outcomeOf(client: HttpClient, asked: Asked): Promise<Outcome> {
  if ('outcome' in asked) return asked.outcome;
  readEvents(await client.events(asked.job), 0);
  return await stateOf(client, asked.job);
}

/** The outcome of a job that must be done. */
export async function stateOf(client: HttpClient, job: string): Promise<Outcome> {
  const path = `/v1/jobs/${job}`;
  const { status, body } = await client.call('GET', path);
  ensure(status === 200, `GET ${path}: the status is ${status}, not 200`);
  ensure(body['job_id'] === job, `GET ${path}: \`job_id\` is ${JSON.stringify(body['job_id'])}`);
  ensure(
    body['state'] === 'done',
    `GET ${path}: after the end of its events \`state\` is ${JSON.stringify(body['state'])}, not "done"`,
  );
  return readOutcome(body, ERROR_KINDS);
}

/** Checks the lines of events after number `after`. Throws a Finding that names the line. */
export function readEvents(lines: readonly Buffer[], after: number): DriverEvent[] {
  const events: DriverEvent[] = [];
  for (const [index, bytes] of lines.entries()) {
    try {
      const line = parseObject(bytes);
      const isLast = index === lines.length - 1;
      ensure(
        (line['event'] === 'end') === isLast,
        isLast ? 'the last line is not the event "end"' : 'the event "end" is not the last line',
      );
      ensure(Number.isSafeInteger(line['seq']), `\`seq\` is ${JSON.stringify(line['seq'])}, not an integer`);
      const isNext = line['seq'] === after + index + 1;
      ensure(isNext || isLast, `\`seq\` is ${line['seq']}, not ${after + index + 1}`);
      if (isLast) continue;
      const event = readEvent(line);
      ensure(event !== undefined, 'there is no event of this name');
      events.push(event);
    } catch (error) {
      throw new Finding(
        `line ${index + 1} of the events after ${after}: ${(error as Error).message}\n${bytes.toString('utf8', 0, 160)}`,
      );
    }
  }
  return events;
}
