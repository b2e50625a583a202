import type { JSONObject } from '../protocol/json.ts';
import { TEST_MODEL, type TestModel } from './model.ts';

/** What a driver is asked in the checks. */
export type Subject = {
  question: string;
  /** As in a RuneJob's `spec.agent.options`. */
  options: JSONObject;
  /** False for an agent that calls none. */
  hasModel: boolean;
  /** For each answer. */
  timeoutSeconds: number;
  /** Of the drivers. */
  environment: NodeJS.ProcessEnv;
};

/** The params of a question; those of `more` replace others. */
export function askParams(
  subject: Subject,
  model: TestModel,
  artifacts: string | undefined,
  more: JSONObject = {},
): JSONObject {
  return {
    question: subject.question,
    model: TEST_MODEL,
    base_url: model.baseURL,
    backend_type: 'openai',
    options: subject.options,
    seed: 1,
    deadline_seconds: subject.timeoutSeconds,
    ...(artifacts !== undefined && { artifacts_dir: artifacts }),
    namespace: 'default',
    ...more,
  };
}
