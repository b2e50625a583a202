import type { Verdict } from '../classify.ts';
import type { EventLog } from '../sink/events.ts';
import { type Artifact, type Collected, collectArtifacts } from './collect.ts';
import { ArtifactsTooLargeError } from './too-large.ts';

/** `tooLarge` is how the job ends where the agent left more than it may. */
export type Kept = { artifacts: Artifact[]; tooLarge?: Verdict };

/** How many that are left out have a line of their own. */
const MAX_LINES = 64;

/** Reads what the agent left, with an event line for each file. */
export async function keepArtifacts(folder: string, events: EventLog): Promise<Kept> {
  let collected: Collected;
  try {
    collected = await collectArtifacts(folder);
  } catch (error) {
    if (error instanceof ArtifactsTooLargeError) return { artifacts: [], tooLarge: tooLarge(error) };
    throw error;
  }
  const { artifacts, leftOut } = collected;
  for (const { name, type, bytes, sha256 } of artifacts) {
    events.emit('artifact', { name, mediaType: type, bytes, sha256 });
  }
  for (const { name, why } of leftOut.slice(0, MAX_LINES)) events.emit('artifact', { name, leftOut: why });
  const rest = leftOut.length - MAX_LINES;
  if (rest > 0) events.emit('log', { message: `${rest} more entries of the folder of artifacts are left out.` });
  return { artifacts };
}

function tooLarge({ message }: Error): Verdict {
  return {
    outcome: 'AgentError',
    reason: 'ArtifactsTooLarge',
    message: `The agent left ${message} in its folder of artifacts: have it leave less there; TMPDIR is for the rest.`,
    retryable: false,
  };
}
