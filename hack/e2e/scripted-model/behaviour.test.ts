import { describe, expect, test } from 'vitest';
import { type Behaviour, behaviourOfName, plainBehaviour, withPromptDirectives } from './behaviour.ts';

describe('a model name', () => {
  test.each<[string, Partial<Behaviour>]>([
    ['echo', { answer: { kind: 'echo' } }],
    ['answer:Paris', { answer: { kind: 'text', text: 'Paris' } }],
    ['answer:It_is:_Paris', { answer: { kind: 'text', text: 'It is: Paris' } }],
    ['empty', { answer: { kind: 'text', text: '' } }],
    ['long:1000', { answer: { kind: 'long', bytes: 1000 } }],
    ['long:64k', { answer: { kind: 'long', bytes: 65536 } }],
    ['words:7', { answer: { kind: 'words', words: 7 } }],
    ['thinking:a_b', { thinking: 'a b' }],
    ['tool:get_weather/tool:b', { tools: [toolCall('get_weather'), toolCall('b')] }],
    ['tokens:120:30:20:5', { tokens: { input: 120, output: 30, cached: 20, reasoning: 5 } }],
    ['tokens:120', { tokens: { input: 120 } }],
    ['no-usage', { reportsUsage: false }],
    ['delay:500', { delayMs: 500 }],
    ['delay:2s', { delayMs: 2000 }],
    ['slow:20ms', { frameDelayMs: 20 }],
    ['key:s_3.cret', { key: 's_3.cret' }],
    ['job:t_17', { job: 't_17' }],
    ['error:429/times:2', { fault: { kind: 'status', status: 429 }, faultTimes: 2 }],
    ['error:503/retry-after:7', { fault: { kind: 'status', status: 503 }, retryAfter: '7' }],
    ['error:429/retry-after:date:5', { fault: { kind: 'status', status: 429 }, retryAfter: 'date:5' }],
    ['too-long', { fault: { kind: 'too-long' } }],
    ['redirect', { fault: { kind: 'redirect' } }],
    ['wrong-type', { fault: { kind: 'wrong-type' } }],
    ['malformed', { fault: { kind: 'malformed' } }],
    ['reset', { fault: { kind: 'reset' } }],
    ['hang', { fault: { kind: 'hang' } }],
    ['hang-after:3', { fault: { kind: 'stall', afterFrames: 3 } }],
    ['cut-after:3', { fault: { kind: 'cut', afterFrames: 3 } }],
    ['error-after:3', { fault: { kind: 'error-frame', afterFrames: 3 } }],
    ['answer:Paris/slow:5/job:x', { answer: { kind: 'text', text: 'Paris' }, frameDelayMs: 5, job: 'x' }],
  ])('%s', (name, expected) => {
    expect(behaviourOfName(name)).toEqual({ ...plainBehaviour(), ...expected });
  });

  test.each(['gpt-4o', 'smollm2:135m', '', 'answer:Paris/oops', 'constructor', 'answer:Paris/'])(
    '%s is not one of ours',
    (name) => {
      expect(behaviourOfName(name)).toBeUndefined();
    },
  );

  test.each([
    ['error:200', 'error:200 must name a status from 400 to 599'],
    ['delay:soon', '"" must be a whole number'],
    ['tokens:a', '"a" must be a whole number'],
    ['tool:', 'tool: "" must be a name'],
    ['retry-after:later', 'retry-after:later must be seconds'],
    ['long:10g', '"" must be a whole number'],
  ])('%s is refused with the reason', (name, message) => {
    expect(() => behaviourOfName(name)).toThrow(message);
  });
});

describe('a prompt', () => {
  test('wins over the name and keeps what it does not speak of', () => {
    const named = behaviourOfName('answer:Rome/slow:5/tokens:1:2') ?? plainBehaviour();
    const prompt = 'Capital? <<answer: Paris, of course>>\n<<tokens: out=30 cached=4>> <<tool: f {"a": {"b": 1}}>>';
    expect(withPromptDirectives(named, prompt)).toEqual({
      ...named,
      answer: { kind: 'text', text: 'Paris, of course' },
      tokens: { input: 1, output: 30, cached: 4 },
      tools: [{ name: 'f', arguments: '{"a": {"b": 1}}' }],
    });
  });

  test('leaves other uses of << alone', () => {
    const prompt = 'cat <<EOF\nx << 2 >> 1\nEOF';
    expect(withPromptDirectives(plainBehaviour(), prompt)).toEqual(plainBehaviour());
  });

  test.each([
    ['<<anwser: Paris>>', '<<anwser: Paris>> is not a directive'],
    ['<<tool: f {oops}>>', 'the arguments of f are not JSON'],
    ['<<tokens: inn=1>>', '"inn" must be one of in, out, cached, reasoning'],
  ])('%s is refused with the reason', (prompt, message) => {
    expect(() => withPromptDirectives(plainBehaviour(), prompt)).toThrow(message);
  });
});

function toolCall(name: string) {
  return { name, arguments: '{}' };
}
