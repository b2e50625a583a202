import { describe, expect, it } from 'vitest';
import { jobIdentity, parseJob } from './job.ts';
import { parseQuestion } from './question.ts';
import { ShapeError } from './shape.ts';
import { testJob } from './testing/job.ts';

const full = testJob({
  seed: 7,
  prices: { inputPerMillionTokensUSD: '0.15', outputPerMillionTokensUSD: '1', cachedInputPerMillionTokensUSD: '0' },
  budget: { maxCostUSD: '0.50', maxTokens: 1000, maxModelCalls: 3 },
  model: { contextWindow: 8192 },
});

const contained = {
  ...full,
  agent: { name: 'holmes', options: { steps: 3 }, container: { startTimeoutSeconds: 120, memoryLimit: '1Gi' } },
};

describe('parseJob', () => {
  it.each([testJob(), full, contained])('gives back what the operator wrote', (job) => {
    expect(parseJob(JSON.stringify(job))).toEqual(job);
  });

  it.each<[string, object, string]>([
    ['another version', { v: 2 }, 'job.v must be 1'],
    ['no uid', { uid: '' }, 'job.uid must be a string that is not empty'],
    ['attempt 0', { attempt: 0 }, 'job.attempt must be an integer of at least 1'],
    ['a field of a later version', { maxRedirects: 3 }, 'job has an unknown field "maxRedirects"'],
    ['no agent', { agent: undefined }, 'job.agent must be an object'],
    [
      'an unknown kind of agent',
      { agent: { name: 'a', mcp: {}, options: {} } },
      'job.agent has an unknown field "mcp"',
    ],
    [
      'an agent that is called in no way',
      { agent: { name: 'a', options: {} } },
      'job.agent must have exactly one of openai and container',
    ],
    [
      'an agent that is called in two ways',
      { agent: { ...full.agent, ...contained.agent } },
      'job.agent must have exactly one of openai and container',
    ],
    [
      'an agent that has no time to start',
      { agent: { ...contained.agent, container: { startTimeoutSeconds: 0 } } },
      'job.agent.container.startTimeoutSeconds must be an integer of at least 1',
    ],
    [
      'an unknown kind of backend',
      { backend: { ...full.backend, type: 'vastai' } },
      'job.backend.type must be openai or ollama',
    ],
    [
      'a URL of another scheme',
      { backend: { ...full.backend, url: 'file:///etc' } },
      'job.backend.url must be an http or https URL',
    ],
    [
      'a slash at the end',
      { backend: { ...full.backend, url: 'http://h/v1/' } },
      'job.backend.url must not end with a slash',
    ],
    [
      'a price as a number',
      { prices: { ...full.prices, inputPerMillionTokensUSD: 1 } },
      'job.prices.inputPerMillionTokensUSD must be US dollars',
    ],
    ['a budget of nothing', { budget: { maxTokens: 0 } }, 'job.budget.maxTokens must be an integer of at least 1'],
    ['an unknown budget', { budget: { maxSteps: 1 } }, 'job.budget has an unknown field "maxSteps"'],
  ])('refuses %s', (_, change, message) => {
    expect(() => parseJob(JSON.stringify({ ...full, ...change }))).toThrow(message);
  });

  it('refuses what is not JSON', () => {
    expect(() => parseJob('{"v":1')).toThrow('the job is not JSON');
  });
});

describe('jobIdentity', () => {
  it.each<[string, object]>([
    [JSON.stringify({ ...full, v: 2 }), { uid: full.uid, attempt: 1 }],
    ['{', { uid: '', attempt: 0 }],
    ['null', { uid: '', attempt: 0 }],
  ])('finds what it can', (text, identity) => {
    expect(jobIdentity(text)).toEqual(identity);
  });
});

describe('parseQuestion', () => {
  it('fills in the pass mark', () => {
    const source = { prompt: 'p' };
    expect(parseQuestion(JSON.stringify(source))).toEqual({ prompt: 'p', expect: [], passMarkPermille: 1000, source });
  });

  it('reads what the prompt is about', () => {
    expect(parseQuestion('{"prompt":"p","context":"c"}')).toMatchObject({ prompt: 'p', context: 'c' });
    expect(parseQuestion('{"prompt":"p","context":""}')).not.toHaveProperty('context');
  });

  it.each<[string, string]>([
    ['{"prompt":"p","context":5}', 'question.context must be a string that is not empty'],
    ['{"prompt":""}', 'question.prompt must be a string that is not empty'],
    ['{"prompt":"p","expect":"secret"}', 'question.expect must be a list of objects'],
    ['{"prompt":"p","passMarkPermille":"secret"}', 'question.passMarkPermille must be an integer'],
    ['["secret"]', 'the question must be an object'],
    ['{"prompt":"p","expect":[{"exact":{"value":secret', 'the question is not JSON'],
  ])('refuses %s without quoting it', (text, message) => {
    expect(() => parseQuestion(text)).toThrow(new ShapeError(message));
  });
});
