import { expect, test } from 'vitest';
import { Turnstile } from './turnstile.ts';

test('one at a time, in the order of arrival', async () => {
  const turnstile = new Turnstile();
  const seen: string[] = [];
  const pass = async (name: string) => {
    const leave = await turnstile.enter();
    seen.push(`${name} in`);
    await Promise.resolve();
    seen.push(`${name} out`);
    leave();
  };
  await Promise.all(['a', 'b', 'c'].map(pass));
  expect(seen).toEqual(['a in', 'a out', 'b in', 'b out', 'c in', 'c out']);
});
