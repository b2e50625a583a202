import { describe, expect, test } from 'vitest';
import { parseChatRequest } from './chat-request.ts';

const user = { role: 'user', content: 'Hi' };

function parse(fields: Record<string, unknown>) {
  return parseChatRequest(JSON.stringify({ model: 'm', messages: [user], ...fields }));
}

test('what is not said has a default', () => {
  expect(parse({})).toEqual({
    model: 'm',
    messages: [user],
    stream: false,
    includeUsage: false,
    temperature: 0,
    topP: 1,
    seed: undefined,
    maxTokens: undefined,
    stop: [],
  });
});

test.each([
  [
    { stream: true, stream_options: { include_usage: true } },
    { stream: true, includeUsage: true },
  ],
  [
    { stream: true, stream_options: {} },
    { stream: true, includeUsage: false },
  ],
  [
    { temperature: 0.7, top_p: 0.9, seed: 7 },
    { temperature: 0.7, topP: 0.9, seed: 7 },
  ],
  [{ max_tokens: 5 }, { maxTokens: 5 }],
  [{ max_tokens: 5, max_completion_tokens: 9 }, { maxTokens: 9 }],
  [
    { max_tokens: null, stop: null, stream_options: null },
    { maxTokens: undefined, stop: [] },
  ],
  [{ stop: 'a' }, { stop: ['a'] }],
  [{ stop: ['a', 'b'] }, { stop: ['a', 'b'] }],
  [
    { messages: [{ role: 'developer', content: 'Be brief' }, user] },
    { messages: [{ role: 'system', content: 'Be brief' }, user] },
  ],
  [
    {
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'a' },
            { type: 'text', text: 'b' },
          ],
        },
      ],
    },
    { messages: [{ role: 'user', content: 'ab' }] },
  ],
  [{ tools: [], n: 1, response_format: { type: 'text' }, user: 'x' }, {}],
])('%j', (fields, expected) => {
  expect(parse(fields)).toMatchObject(expected);
});

describe('is refused with 400 and the field that is wrong', () => {
  test.each([
    [{ model: 1 }, 'model', 'model must be a string'],
    [{ messages: [] }, 'messages', 'messages must be a non-empty array'],
    [
      { messages: [{ role: 'tool', content: 'x' }] },
      'messages[0].role',
      'must be system, developer, user or assistant',
    ],
    [{ messages: [user, { role: 'user', content: 5 }] }, 'messages[1].content', 'must be a string or an array'],
    [{ messages: [{ role: 'user', content: [{ type: 'image_url' }] }] }, 'messages[0].content', 'reads only text'],
    [{ temperature: 3 }, 'temperature', 'a number from 0 to 2'],
    [{ seed: 1.5 }, 'seed', 'an integer'],
    [{ max_tokens: 0 }, 'max_tokens', 'a positive integer'],
    [{ stop: ['a', 'b', 'c', 'd', 'e'] }, 'stop', 'up to 4'],
    [{ stop: '' }, 'stop', 'non-empty'],
    [{ stream: 'yes' }, 'stream', 'a boolean'],
    [{ stream_options: { include_usage: true } }, 'stream_options', 'only allowed with stream'],
    [{ tools: [{ type: 'function' }] }, 'tools', 'does not support tools'],
    [{ n: 2 }, 'n', 'does not support n'],
    [{ logprobs: true }, 'logprobs', 'does not support logprobs'],
    [{ response_format: { type: 'json_object' } }, 'response_format', 'does not support response_format'],
  ])('%j', (fields, param, message) => {
    expect(() => parse(fields)).toThrow(
      expect.objectContaining({ status: 400, param, message: expect.stringContaining(message) as string }) as Error,
    );
  });

  test.each(['{', '[]', 'null', '""'])('the body %s', (body) => {
    expect(() => parseChatRequest(body)).toThrow(/^the body /);
  });
});
