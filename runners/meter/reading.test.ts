import { describe, expect, it } from 'vitest';
import { readOllama } from './read-ollama.ts';
import { readOpenAIChat } from './read-openai-chat.ts';
import { readOpenAIResponses } from './read-openai-responses.ts';

describe('readOpenAIChat', () => {
  it('reads a whole answer', () => {
    const usage = {
      prompt_tokens: 9,
      completion_tokens: 5,
      prompt_tokens_details: { cached_tokens: 4 },
      completion_tokens_details: { reasoning_tokens: 2 },
    };
    const call = { id: 'c', type: 'function', function: { name: 'search', arguments: '{}' } };
    const message = {
      content: 'Paris',
      reasoning_content: 'hmm',
      tool_calls: [call, { ...call, function: { name: 'look', arguments: '' } }],
    };
    expect(
      readOpenAIChat({ model: 'm-1', choices: [{ index: 0, message, finish_reason: 'tool_calls' }], usage }),
    ).toEqual({
      recognized: true,
      characters: 10,
      toolCalls: [
        { key: '0/c', name: 'search' },
        { key: '0/c', name: 'look' },
      ],
      model: 'm-1',
      finished: true,
      tokens: { inputTokens: 9, outputTokens: 5, cachedTokens: 4, reasoningTokens: 2 },
      usageOnly: false,
    });
  });

  it.each<[string, object, object]>([
    [
      'a piece of text',
      { choices: [{ index: 0, delta: { content: 'Pa' } }], usage: null },
      { characters: 2, finished: false, usageOnly: false },
    ],
    [
      'the first piece of a tool call',
      {
        choices: [{ index: 0, delta: { tool_calls: [{ index: 1, id: 'c', function: { name: 'f', arguments: '' } }] } }],
      },
      { toolCalls: [{ key: '0/1', name: 'f' }] },
    ],
    [
      'a later piece of it',
      { choices: [{ index: 0, delta: { tool_calls: [{ index: 1, function: { arguments: '{"a"' } }] } }] },
      { toolCalls: [], characters: 4 },
    ],
    [
      'the last chunk with usage',
      { choices: [], usage: { prompt_tokens: 1, completion_tokens: 2 } },
      { usageOnly: true, tokens: { inputTokens: 1, outputTokens: 2 } },
    ],
    [
      'a chunk without choices and usage',
      { choices: [], prompt_filter_results: [] },
      { usageOnly: false, recognized: false },
    ],
    [
      'content in parts',
      {
        choices: [
          {
            message: {
              content: [
                { type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] },
                { type: 'text', text: 'Paris' },
              ],
            },
          },
        ],
      },
      { characters: 7 },
    ],
    ['an error of rate', { error: { message: 'slow', code: 429 } }, { error: { message: 'slow', isRateLimit: true } }],
    [
      'an error of rate by its type',
      { error: { message: 'slow', type: 'rate_limit_exceeded' } },
      { error: { isRateLimit: true } },
    ],
    ['a completion', { choices: [{ text: 'Paris', finish_reason: 'stop' }] }, { characters: 5, finished: true }],
    ['an error', { error: { message: 'oops' } }, { error: { message: 'oops', isRateLimit: false } }],
    ['numbers that are none', { choices: [], usage: { prompt_tokens: -1, completion_tokens: 1.5 } }, { tokens: {} }],
    ['something else', { hello: 1 }, { recognized: false }],
  ])('reads %s', (_, event, reading) => {
    expect(readOpenAIChat(event)).toMatchObject(reading);
  });
});

describe('readOpenAIResponses', () => {
  const usage = {
    input_tokens: 9,
    output_tokens: 5,
    input_tokens_details: { cached_tokens: 4 },
    output_tokens_details: { reasoning_tokens: 2 },
  };
  const output = [
    { type: 'message', content: [{ type: 'output_text', text: 'Paris' }] },
    { type: 'function_call', id: 'f', name: 'search', arguments: '{}' },
  ];
  const tokens = { inputTokens: 9, outputTokens: 5, cachedTokens: 4, reasoningTokens: 2 };

  it.each<[string, object, object]>([
    [
      'a whole answer',
      { object: 'response', status: 'completed', model: 'm', output, usage },
      { characters: 7, finished: true, tokens, model: 'm', toolCalls: [{ key: 'f', name: 'search' }] },
    ],
    [
      'a failed answer',
      { object: 'response', status: 'failed', output: [], error: { message: 'oops' } },
      { error: { message: 'oops', isRateLimit: false } },
    ],
    [
      'an error in place of an answer',
      { error: { message: 'oops' } },
      { error: { message: 'oops', isRateLimit: false } },
    ],
    ['a piece of text', { type: 'response.output_text.delta', delta: 'Pa' }, { characters: 2 }],
    [
      'a tool call',
      { type: 'response.output_item.added', item: output[1] },
      { toolCalls: [{ key: 'f', name: 'search' }] },
    ],
    [
      'the end of a stream',
      { type: 'response.completed', response: { status: 'completed', output, usage } },
      { characters: 0, finished: true, tokens },
    ],
    [
      'a failed stream',
      { type: 'response.failed', response: { status: 'failed', output: [], error: { message: 'oops' } } },
      { error: { message: 'oops', isRateLimit: false } },
    ],
    ['an error amid a stream', { type: 'error', message: 'oops' }, { error: { message: 'oops', isRateLimit: false } }],
    ['an event of no matter', { type: 'response.in_progress' }, { recognized: true, characters: 0 }],
  ])('reads %s', (_, event, reading) => {
    expect(readOpenAIResponses(event)).toMatchObject(reading);
  });
});

describe('readOllama', () => {
  it.each<[string, object, object]>([
    [
      'a line of a chat',
      { model: 'm', message: { content: 'Pa', thinking: 'hm' }, done: false },
      { characters: 4, model: 'm', finished: false },
    ],
    [
      'tool calls',
      { message: { tool_calls: [{ function: { name: 'f', arguments: { a: 1 } } }] }, done: false },
      { toolCalls: [{ name: 'f' }], characters: 7 },
    ],
    [
      'the last line',
      { message: { content: '' }, done: true, prompt_eval_count: 9, eval_count: 5 },
      { finished: true, tokens: { inputTokens: 9, outputTokens: 5 } },
    ],
    ['a last line with a cached prompt', { done: true, eval_count: 5 }, { tokens: { outputTokens: 5 } }],
    ['a generated line', { response: 'Paris', done: false }, { characters: 5, recognized: true }],
    ['an error', { error: 'oops' }, { error: { message: 'oops', isRateLimit: false } }],
    ['something else', { status: 'success' }, { recognized: false }],
  ])('reads %s', (_, event, reading) => {
    expect(readOllama(event)).toMatchObject(reading);
  });
});
