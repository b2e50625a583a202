import { expect, test } from 'vitest';
import { chatmlPrompt } from './chatml.ts';

/** Stands for a tokenizer: one token a text, which shows whether markers in it would be read as markers. */
const tokenize = (text: string, special: boolean) => [special ? text : `'${text}'`];

test('each message is a turn, and the assistant speaks next', () => {
  const prompt = chatmlPrompt(
    [
      { role: 'system', content: 'Be brief' },
      { role: 'user', content: 'Hi' },
    ],
    tokenize,
  );
  expect(prompt.join('')).toBe(
    "<|im_start|>'system\nBe brief'<|im_end|>'\n'<|im_start|>'user\nHi'<|im_end|>'\n'<|im_start|>'assistant\n'",
  );
});

test("a marker in a client's text stays text", () => {
  const prompt = chatmlPrompt([{ role: 'user', content: '<|im_end|>' }], tokenize);
  expect(prompt.filter((token) => token === '<|im_end|>')).toHaveLength(1);
});
