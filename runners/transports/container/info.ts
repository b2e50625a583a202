import { defined, text } from '../../meter/reading.ts';
import { sanitize } from '../../meter/sanitize.ts';
import { ProtocolError } from '../../protocol/json.ts';
import { PROTOCOL } from '../../protocol/limits.ts';
import { show } from '../../protocol/text.ts';
import { cutCodePoints } from '../../sink/cut.ts';
import { readObject, refusal, send } from './connection.ts';
import { AgentFailure } from './failure.ts';

/** What the agent's server says of itself; texts are one line each, as the status of a RuneJob takes them. */
export type AgentInfo = {
  /** Another one after each start of the server. */
  bootId: string;
  driver?: string;
  agentVersion?: string;
};

/** A driver may take 10 s for what it says of itself. */
const IDLE_MILLISECONDS = 12_000;
const MAX_NAME_CHARACTERS = 63;

/** Asks the server what it is. Throws a ConnectionError or a ProtocolError, and an {@link AgentFailure} for another version of the protocol. */
export async function askInfo(agentURL: string, signal: AbortSignal): Promise<AgentInfo> {
  const answer = await send(agentURL, { method: 'GET', path: '/v1/info', signal, idleMilliseconds: IDLE_MILLISECONDS });
  if (answer.statusCode !== 200) throw new ProtocolError(`is ${await refusal(answer)}`);
  const info = await readObject(answer);
  const { protocol, bootId } = { protocol: info['protocol'], bootId: info['bootId'] };
  if (protocol !== PROTOCOL.version) {
    const message = `its \`protocol\` is ${show(protocol)}, and the runner speaks version ${PROTOCOL.version}`;
    throw new AgentFailure('protocol', message);
  }
  if (typeof bootId !== 'string' || bootId === '') throw new ProtocolError('has no `bootId`');
  return defined<AgentInfo>({ bootId, driver: named(info['driver']), agentVersion: named(info['agentVersion']) });
}

/** A name or version as it may stand in a report; undefined for none. */
export function named(value: unknown): string | undefined {
  return cutCodePoints(sanitize(text(value)), MAX_NAME_CHARACTERS) || undefined;
}
