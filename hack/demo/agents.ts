import { join } from 'node:path';
import { agentNames } from '../images/agents.ts';
import { installAgent, type PreparedAgent, prepareAgent, preparedAgent } from '../install/agents.ts';
import type { Kubectl } from '../install/kubectl.ts';

/** The agents with containers of their own that the demo builds. */
const built = ['langgraph', 'k8sgpt'];
/** Those that it asks only where somebody has built them, since that takes long. */
const ifBuilt = ['holmesgpt'];

/** Builds their images, unless they are unchanged. */
export async function prepareDemoAgents(): Promise<PreparedAgent[]> {
  const agents: PreparedAgent[] = [];
  for (const name of built) agents.push(await prepareAgent(name));
  const known = await agentNames();
  for (const name of ifBuilt.filter((each) => known.includes(each))) {
    const agent = await preparedAgent(name);
    if (agent !== undefined) agents.push(agent);
  }
  return agents;
}

/** Gives them to the cluster and waits until they can be asked. */
export async function installDemoAgents(kubectl: Kubectl, agents: readonly PreparedAgent[]): Promise<void> {
  for (const agent of agents) {
    const names = (await installAgent(kubectl, agent)).map((name) => `runeagent/${name}`);
    await kubectl.run(['wait', ...names, '--for=condition=Callable', '--timeout=60s']);
  }
}

/** The file with the jobs of an agent. */
export function jobsOf(agent: string): string {
  return join(import.meta.dirname, 'agent-jobs', `${agent}.yaml`);
}
