import { expect, test } from 'vitest';
import { oomKills, outOfMemory } from './memory.ts';

const files = (entries: Record<string, string>) => (name: string) => entries[name];

test.each([
  ['v2', { 'memory.events': 'low 0\noom 4\noom_kill 2\noom_group_kill 1\n' }, 2],
  ['v1', { 'memory/memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill 3\n' }, 3],
  ['v1 of an old kernel', { 'memory/memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\n' }, undefined],
  ['none', {}, undefined],
])('counts kills: %s', (_, entries, count) => {
  expect(oomKills(files(entries as Record<string, string>))).toBe(count);
});

test.each([
  ['no more than before', 2, '268435456\n', undefined],
  [
    'a limit',
    1,
    '268435456\n',
    "a process of the agent was killed because memory reached the container's limit of 256 MiB",
  ],
  [
    'no limit',
    1,
    'max\n',
    'a process of the agent was killed because memory reached the limit of the container or of the node',
  ],
  ['not known before', undefined, 'max\n', undefined],
])('tells of memory: %s', (_, before, max, sentence) => {
  expect(outOfMemory(before, files({ 'memory.events': 'oom_kill 2\n', 'memory.max': max }))).toBe(sentence);
});

test('knows the number that stands for no limit in v1', () => {
  const entries = {
    'memory/memory.oom_control': 'oom_kill 1\n',
    'memory/memory.limit_in_bytes': '9223372036854771712\n',
  };
  expect(outOfMemory(0, files(entries))).toContain('or of the node');
});
