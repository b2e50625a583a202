import { describe, expect, it } from 'vitest';
import { readConfig } from './config.ts';

describe('readConfig', () => {
  it('knows where things are in a Pod', () => {
    expect(readConfig([])).toEqual({
      job: '/etc/rune/job/job.json',
      question: '/etc/rune/question/question.json',
      apiKey: '/etc/rune/api-key/key',
      report: '/dev/termination-log',
      artifacts: '/artifacts',
      agentURL: 'http://127.0.0.1:7411',
      s3: '/etc/rune/s3',
    });
  });

  it('takes other places', () => {
    const flags = ['--agent-url', 'http://127.0.0.1:8000/', '--artifacts', 'out'];
    expect(readConfig(flags)).toMatchObject({ agentURL: 'http://127.0.0.1:8000', artifacts: 'out' });
  });

  it.each(['7411', 'https://127.0.0.1', 'http://127.0.0.1/v1'])('refuses %s as the URL of an agent', (url) => {
    expect(() => readConfig(['--agent-url', url])).toThrow('it must be an http URL without a path');
  });
});
