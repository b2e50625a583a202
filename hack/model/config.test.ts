import { expect, test } from 'vitest';
import { readConfig } from './config.ts';

test('has defaults', () => {
  expect(readConfig({})).toMatchObject({ host: '0.0.0.0', port: 8000, modelName: 'smollm2:135m', contextTokens: 8192 });
});

test.each([
  ['PORT', 'x'],
  ['THREADS', '0'],
  ['CONTEXT_TOKENS', '9000'],
  ['DEFAULT_MAX_TOKENS', '1.5'],
])('%s=%s is refused', (name, value) => {
  expect(() => readConfig({ [name]: value })).toThrow(`${name}="${value}" must be a whole number`);
});
