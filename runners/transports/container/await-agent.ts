import { setTimeout } from 'node:timers/promises';
import { ProtocolError } from '../../protocol/json.ts';
import { ConnectionError } from './connection.ts';
import { AgentFailure } from './failure.ts';
import { type AgentInfo, askInfo } from './info.ts';

const POLL_MILLISECONDS = 20;
const FAIR_MILLISECONDS = 500;

/**
 * Waits until the agent's server answers, for so many milliseconds at most. Throws an {@link AgentFailure} that tells what
 * was seen last, and one at once for a server of another version; ends as `signal` is aborted, too.
 */
export async function awaitAgent(agentURL: string, milliseconds: number, signal: AbortSignal): Promise<AgentInfo> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(Math.max(Math.round(milliseconds), 0))]);
  let seen = '';
  while (!limit.aborted) {
    const asked = performance.now();
    try {
      return await askInfo(agentURL, limit);
    } catch (error) {
      if (!(error instanceof ProtocolError || error instanceof ConnectionError)) throw error;
      // What had no time to be answered shows nothing.
      const isCutShort = limit.aborted && performance.now() - asked < FAIR_MILLISECONDS && seen !== '';
      if (!isCutShort) seen = error instanceof ProtocolError ? `its answer ${error.message}` : error.message;
    }
    await setTimeout(POLL_MILLISECONDS, undefined, { signal: limit }).catch(() => undefined);
  }
  throw new AgentFailure('not_ready', seen);
}
