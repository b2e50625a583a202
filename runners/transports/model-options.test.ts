import { describe, expect, it } from 'vitest';
import { testJob } from '../testing/job.ts';
import { BadOptionError } from './ask.ts';
import { modelOptions } from './model-options.ts';

const read = (options: Record<string, unknown>, openai = { stream: true, systemPrompt: 'Be brief.' }) =>
  modelOptions(testJob({ agent: { openai, options } }));

describe('modelOptions', () => {
  it("takes the agent's defaults where the job says nothing", () => {
    expect(read({})).toEqual({ stream: true, systemPrompt: 'Be brief.' });
  });

  it("lets the job's options replace them", () => {
    const options = { systemPrompt: '', stream: false, temperature: 0, topP: 0.5, maxTokens: 9, stop: ['END'] };
    expect(read(options)).toEqual(options);
  });

  it.each<[Record<string, unknown>, string]>([
    [
      { temprature: 1 },
      'The agent has no option "temprature": it knows systemPrompt, stream, temperature, topP, maxTokens, stop.',
    ],
    [{ toString: 1 }, 'The agent has no option "toString"'],
    [{ temperature: '0' }, 'The option "temperature" must be a number of at least 0.'],
    [{ topP: 1.1 }, 'The option "topP" must be a number from 0 to 1.'],
    [{ maxTokens: 0 }, 'The option "maxTokens" must be an integer above 0.'],
    [{ maxTokens: 1.5 }, 'The option "maxTokens" must be an integer above 0.'],
    [{ stop: 'END' }, 'The option "stop" must be a list of strings.'],
    [{ stream: 'yes' }, 'The option "stream" must be true or false.'],
    [{ systemPrompt: null }, 'The option "systemPrompt" must be a string.'],
  ])('refuses %j by name', (options, message) => {
    expect(() => read(options)).toThrow(BadOptionError);
    expect(() => read(options)).toThrow(message);
  });
});
