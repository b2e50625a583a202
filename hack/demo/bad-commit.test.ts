import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { commitTo, diff } from './bad-commit.ts';

const manifest = await readFile(join(import.meta.dirname, 'repository', 'benchmark.yaml'), 'utf8');

it('changes one option of one agent of the benchmark, and nothing else', () => {
  const expected = parse(manifest) as { spec: { agents: { name: string; options: { maxTokens: number } }[] } };
  const agent = expected.spec.agents.find(({ name }) => name === 'terse');
  if (agent !== undefined) agent.options.maxTokens = 4;
  expect(parse(commitTo(manifest))).toEqual(expected);
  expect(commitTo(manifest)).not.toBe(manifest);
});

it('shows what it changes as a diff', () => {
  const [removed = '', added = ''] = diff();
  expect(manifest).toContain(removed.slice(1));
  expect(commitTo(manifest)).toContain(added.slice(1));
  expect([removed.at(0), added.at(0)]).toEqual(['-', '+']);
});

it('refuses a file without the line', () => {
  expect(() => commitTo('spec: {}\n')).toThrow('must have this line once');
});
