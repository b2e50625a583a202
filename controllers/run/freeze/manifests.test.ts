import { describe, expect, it, test } from 'vitest';
import { readManifests } from './manifests.ts';
import { NotFrozenError } from './not-frozen.ts';

const PLACE = 'Key "k" of ConfigMap "c"';
const pod = (rest = '') => `apiVersion: v1\nkind: Pod\nmetadata: {name: web}\n${rest}`;
const read = (text: string) => readManifests(text, PLACE);
const field = (yaml: string) => (read(pod(`field: ${yaml}\n`))[0] as { field?: unknown } | undefined)?.field;

describe('readManifests', () => {
  it('reads documents, and passes over empty ones', () => {
    const two = `# first\n---\n${pod()}---\n# nothing\n---\n${pod('spec: {a: [1, x]}\n')}...\n`;
    expect(read(two)).toEqual([
      { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' } },
      { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' }, spec: { a: [1, 'x'] } },
    ]);
  });

  test.each<[string, unknown]>([
    ['0644', 420],
    ['"0644"', '0644'],
    ['yes', true],
    ['off', false],
    ['2026-01-02', '2026-01-02'],
    ['12:30', '12:30'],
    ['12:30:45', '12:30:45'],
    ['1e3', 1000],
    ['0x1F', 31],
    ['null', null],
    ['{<<: {a: 1}, b: 2}', { a: 1, b: 2 }],
    ['[&a {x: 1}, *a]', [{ x: 1 }, { x: 1 }]],
  ])('reads %s as kubectl does', (yaml, value) => expect(field(yaml)).toEqual(value));

  test.each<[string, string, string]>([
    ['no YAML', pod('a: ['), `${PLACE} is not YAML (`],
    ['nothing', '', `${PLACE} holds no object`],
    ['comments', '# a\n---\n# b\n', `${PLACE} holds no object`],
    ['a text', 'hello', `${PLACE} has no apiVersion or kind`],
    ['a list', '- a', `${PLACE} has no apiVersion or kind`],
    ['no kind', `${pod()}---\napiVersion: v1\n`, 'Document 2 of key "k" of ConfigMap "c" has no apiVersion or kind'],
    [
      'no name',
      `${pod()}---\napiVersion: v1\nkind: Pod\n`,
      'Document 2 of key "k" of ConfigMap "c" has no metadata.name',
    ],
    ['a name that is none', pod().replace('web', '7'), 'has no metadata.name'],
    ['33 objects', Array.from({ length: 33 }, () => pod()).join('---\n'), 'holds more than 32 objects'],
    ['a key twice', pod('spec: {a: 1, a: 2}'), 'has the key "a" twice in one object'],
    ['what is no number of JSON', pod('a: .nan'), 'cannot be used (NaN is no number of JSON)'],
    ['what is no text of JSON', pod('a: "\\ud800"'), 'cannot be used (half of a surrogate pair)'],
    ['an alias of nothing', pod('a: *b'), `${PLACE} `],
    ['aliases that unfold to too much', pod(bomb()), 'cannot be used (too many aliases)'],
    ['an alias of itself', pod('a: &a [*a]'), `${PLACE} cannot be used (`],
    ['too many levels', pod(`a: ${'['.repeat(101)}${']'.repeat(101)}`), 'cannot be used (deeper than 100 levels)'],
    ['levels beyond any stack', pod(`a:\n${'- '.repeat(100_000)}x`), `${PLACE} `],
    ['too long a text', pod(`a: ${'x'.repeat(256 * 1024)}`), `${PLACE} is longer than 256 KiB`],
  ])('refuses %s', (_, text, words) => {
    expect(() => read(text)).toThrow(NotFrozenError);
    expect(() => read(text)).toThrow(words);
    expect(() => read(text)).toThrow(/^[A-Z][^\n]*: correct it, and create the run again\.$/);
  });

  it('reads an object of 20,000 keys, without comparing each with all others', () => {
    const keys = Array.from({ length: 20_000 }, (_, index) => `  k${index}: v`);
    expect(Object.keys((read(pod(`data:\n${keys.join('\n')}`))[0] as { data?: object }).data ?? {})).toHaveLength(
      20_000,
    );
  });
});

function bomb(): string {
  const levels = Array.from({ length: 9 }, (_, index) => `a${index + 1}: &a${index + 1} [${`*a${index}, `.repeat(9)}]`);
  return ['a0: &a0 x', ...levels].join('\n');
}
