import type { JSONObject } from '../meter/reading.ts';

/** What came of a question, as far as it can be scored. All of it is the agent's word but the names of tools that the meter saw. */
export type Evidence = {
  answer: string;
  /** The answer in structured form; empty where the agent has none. */
  findings: JSONObject[];
  /** Names of the tools that were called, in order: those that the model asked for, and those that the driver told of. */
  toolCalls: string[];
};
