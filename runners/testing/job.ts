import type { JobFile } from '../../crds/job-file.ts';

type Changes = Partial<Omit<JobFile, 'agent' | 'model' | 'backend'>> & {
  agent?: Partial<JobFile['agent']>;
  model?: Partial<JobFile['model']>;
  backend?: Partial<JobFile['backend']>;
};

/** A job for tests: a model is asked directly, over a backend that nobody listens at. */
export function testJob({ agent, model, backend, ...rest }: Changes = {}): JobFile {
  return {
    v: 1,
    namespace: 'demo',
    name: 'capital',
    uid: '5f0c2b3e-0000-4000-8000-000000000001',
    attempt: 1,
    trial: 0,
    agent: { name: 'direct', openai: { stream: true }, options: {}, ...agent },
    model: { name: 'answer:Paris', ...model },
    backend: {
      name: 'scripted',
      type: 'openai',
      url: 'http://127.0.0.1:9/v1',
      hasApiKey: false,
      requestTimeoutSeconds: 30,
      ...backend,
    },
    activeDeadlineSeconds: 30,
    ...rest,
  };
}
