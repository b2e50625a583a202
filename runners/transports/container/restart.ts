import { setTimeout } from 'node:timers/promises';
import { ProtocolError } from '../../protocol/json.ts';
import { ConnectionError } from './connection.ts';
import { AgentFailure } from './failure.ts';
import { askInfo } from './info.ts';

/** In which a container that is restarted at once is back. */
const BACK_MILLISECONDS = 3_000;
const POLL_MILLISECONDS = 50;

/** After a connection broke: throws an {@link AgentFailure} unless the server that took the question is still there. */
export async function assertSameServer(agentURL: string, bootId: string, signal: AbortSignal): Promise<void> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(BACK_MILLISECONDS)]);
  let seen = '';
  while (!limit.aborted) {
    try {
      const info = await askInfo(agentURL, limit);
      if (info.bootId === bootId) return;
      throw new AgentFailure('restarted', 'its server was started anew');
    } catch (error) {
      if (!(error instanceof ConnectionError || error instanceof ProtocolError)) throw error;
      seen = error.message;
    }
    await setTimeout(POLL_MILLISECONDS, undefined, { signal: limit }).catch(() => undefined);
  }
  throw new AgentFailure('restarted', `its server is gone: ${seen}`);
}
