import { delimiter, join } from 'node:path';
import { expect, test } from 'vitest';
import { readTarget } from './target.ts';

const path = [join(import.meta.dirname, '..'), '/bin'].join(delimiter);
const read = (text: string) => readTarget(text, import.meta.dirname, path);

test.each([
  ['sh -c "exit 0"', { type: 'command', command: ['sh', '-c', 'exit 0'] }],
  [
    "sh target.ts --name='a b'",
    { type: 'command', command: ['sh', join(import.meta.dirname, 'target.ts'), '--name=a b'] },
  ],
  ['./target.ts', { type: 'command', command: [join(import.meta.dirname, 'target.ts')] }],
  ['http://127.0.0.1:7411/', { type: 'url', url: 'http://127.0.0.1:7411' }],
  ['ghcr.io/me/agent:1.0', { type: 'image', image: 'ghcr.io/me/agent:1.0' }],
])('%s', (text, target) => {
  expect(read(text)).toEqual(target);
});

test.each([
  [' ', 'name a driver'],
  ['no-such-program --flag', 'there is no program no-such-program'],
])('refuses %j', (text, message) => {
  expect(() => read(text)).toThrow(message);
});
