import type { JobFile } from '../crds/job-file.ts';
import type { AgentRelay } from './agent-relay.ts';
import type { Answer, Ask } from './transports/ask.ts';
import { askOllama } from './transports/ollama.ts';
import { askOpenAI } from './transports/openai.ts';

/** An agent that takes questions. */
export type Agent = {
  /** Puts a question to it. Rejects with what it has to say of its trouble, or as the question's signal is aborted. */
  put(question: Ask): Promise<Answer>;
  /** What its driver is known to say of itself, and of the agent. */
  about(): Promise<AgentAbout>;
};

export type AgentAbout = { driver?: string; agentVersion?: string };

export type AgentPlace = {
  /** Of an agent in a container, without a path. */
  agentURL: string;
  /** Where it is to leave its files. */
  artifactsFolder: string;
  /** Milliseconds since the runner started. */
  elapsed: () => number;
  /** Gets what it tells while it works. */
  relay: AgentRelay;
};

/** Waits until the job's agent takes questions. Throws an AgentFailure; ends as `signal` is aborted, too. */
export async function reachAgent(job: JobFile, place: AgentPlace, signal: AbortSignal): Promise<Agent> {
  const { container } = job.agent;
  if (container === undefined) return directAgent(job);
  // Loaded only for agents in containers.
  const { reachContainer } = await import('./transports/container/reach-container.ts');
  return reachContainer(job, container, place, signal);
}

/** The model itself, asked by the runner. */
function directAgent(job: JobFile): Agent {
  const transport = job.backend.type === 'openai' ? askOpenAI : askOllama;
  return {
    put: async (question) => ({ answer: await transport(job, question) }),
    about: async () => ({}),
  };
}
