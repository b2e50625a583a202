import type { JobFile } from '../../../crds/job-file.ts';
import type { Agent, AgentAbout, AgentPlace } from '../../agent.ts';
import { defined } from '../../meter/reading.ts';
import { askContainer } from './ask-container.ts';
import { awaitAgent } from './await-agent.ts';
import { askInfo, named } from './info.ts';

/** A driver may come to know its agent only while it works, and then is asked once more, for so long. */
const ABOUT_MILLISECONDS = 500;

/** Waits until the agent's server answers. Throws an AgentFailure; ends as `signal` is aborted, too. */
export async function reachContainer(
  job: JobFile,
  { startTimeoutSeconds }: NonNullable<JobFile['agent']['container']>,
  { agentURL, artifactsFolder, elapsed, relay }: AgentPlace,
  signal: AbortSignal,
): Promise<Agent> {
  const info = await awaitAgent(agentURL, startTimeoutSeconds * 1000 - elapsed(), signal);
  const agent = { url: agentURL, bootId: info.bootId };
  let version: string | undefined;
  return {
    async put(question) {
      const { answer, findings, usage, agent_version } = await askContainer({
        ...question,
        job,
        agent,
        artifactsFolder,
        onEvent: relay.event,
        onDropped: relay.dropped,
      });
      if (usage !== undefined) relay.event({ event: 'usage', ...usage });
      version = named(agent_version);
      return { answer, ...(findings && { findings }) };
    },
    async about() {
      const { driver, agentVersion } = await lastInfo(info, agentURL);
      return defined<AgentAbout>({ driver, agentVersion: version ?? agentVersion });
    },
  };
}

async function lastInfo(first: AgentAbout, agentURL: string): Promise<AgentAbout> {
  if (first.driver !== undefined && first.agentVersion !== undefined) return first;
  const last = await askInfo(agentURL, AbortSignal.timeout(ABOUT_MILLISECONDS)).catch(() => ({}));
  return { ...first, ...last };
}
