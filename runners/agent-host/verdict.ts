import type { Outcome, OutcomeError } from '../protocol/outcome.ts';

/** Why a driver was ended before its own end. `exit` is one that does not end by itself after its result. */
export type EndReason = 'cancelled' | 'timeout' | 'exit';

/** All that is known of a driver that has ended. */
export type Ending = {
  /** Its first result or error. */
  said: Outcome | undefined;
  /** What agent-host found wrong with it. */
  fault: OutcomeError | undefined;
  ended: EndReason | undefined;
  code: number | null;
  signal: NodeJS.Signals | null;
  /** The last lines of its standard error. */
  stderr: string;
  /** A sentence, where a process of it was killed for memory. */
  outOfMemory: string | undefined;
};

/** What comes of a request, by the way in which its driver ended. */
export function verdict(ending: Ending): Outcome {
  const { said, fault, ended, code, signal, outOfMemory } = ending;
  if (ended === 'cancelled') return error(ending, 'cancelled', 'it was cancelled');
  if (fault) return error(ending, fault.kind, fault.message);
  const isAnswered = said?.status === 'ok';
  const hasFailed = ended !== 'exit' && (code !== 0 || signal !== null);
  // An agent that went on after a tool of its own was killed has answered.
  if (outOfMemory && !(isAnswered && !hasFailed)) return error(ending, 'out_of_memory', outOfMemory);
  // Its own words are better than what its exit tells.
  if (said && (!isAnswered || !hasFailed)) return said;
  if (ended === 'timeout') return said ?? error(ending, 'timeout', 'the driver did not answer before its deadline');
  const after = isAnswered ? ', after its result' : '';
  if (hasFailed && signal) return error(ending, 'signal', `the driver was ended by ${signal}${after}`);
  if (hasFailed) return error(ending, 'exit', `the driver exited with ${code}${after}`);
  const how = ended === 'exit' ? 'closed its standard output' : 'exited with 0';
  return error(ending, 'no_result', `the driver ${how} without a result`);
}

function error({ stderr }: Ending, kind: OutcomeError['kind'], what: string): Outcome {
  return {
    status: 'error',
    error: { kind, message: stderr === '' ? what : `${what}; its standard error ends: ${stderr}` },
  };
}
