import { describe, expect, test } from 'vitest';
import { isGoRecent, type MachineFacts, missingNeeds } from './needs.ts';

const complete: MachineFacts = {
  platform: 'linux',
  isRoot: true,
  go: '1.26.8',
  hasBinaries: false,
  hasApt: true,
  hasCommand: () => true,
  cniPluginDir: '/usr/lib/cni',
  hasDebianKeys: true,
  hasPip: true,
};

describe('missingNeeds', () => {
  test('of a machine that has all: nothing', () => {
    expect(missingNeeds(complete)).toEqual({ problems: [], packages: [] });
  });

  test('names each Debian package once', () => {
    const absent = ['containerd', 'ctr', 'unshare', 'nsenter'];
    const facts = { ...complete, hasCommand: (name: string) => !absent.includes(name), cniPluginDir: undefined };
    expect(missingNeeds(facts).packages).toEqual(['containerd', 'containernetworking-plugins', 'util-linux']);
  });

  test.each([
    [{ platform: 'darwin' }, 'a Linux machine'],
    [{ isRoot: false }, 'root'],
    [{ go: undefined }, 'none found'],
    [{ go: '1.19.8' }, 'found 1.19.8'],
  ])('%j is named', (facts, named) => {
    const { problems } = missingNeeds({ ...complete, ...facts });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(named);
  });

  test('pip is a package like the others', () => {
    expect(missingNeeds({ ...complete, hasPip: false })).toEqual({ problems: [], packages: ['python3-pip'] });
  });

  test('missing Go comes with commands', () => {
    const [problem] = missingNeeds({ ...complete, go: undefined }).problems;
    expect(problem).toContain('apt-get install golang-go');
    expect(problem).toContain('tar -C /usr/local -xzf');
  });

  test('Go is not needed where its result is cached', () => {
    expect(missingNeeds({ ...complete, go: undefined, hasBinaries: true }).problems).toEqual([]);
  });
});

test.each([
  ['1.24.0', true],
  ['1.26.8', true],
  ['2.0', true],
  ['1.25rc1', true],
  ['1.23.12', false],
  ['1.9.7', false],
  [undefined, false],
])('Go %s is recent enough: %s', (version, expected) => {
  expect(isGoRecent(version)).toBe(expected);
});
