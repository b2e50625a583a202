import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chooseNetwork, networkAt, overlaps } from './network.ts';

describe('overlaps', () => {
  test.each([
    ['10.0.0.0/8', '10.192.4.0/30', true],
    ['10.192.4.0/30', '10.192.4.4/30', false],
    ['10.192.4.0/30', '10.192.4.3', true],
    ['0.0.0.0/0', '10.192.4.0/30', true],
    ['192.168.0.0/16', '10.0.0.0/8', false],
    ['224.0.0.0/4', '240.0.0.0/4', false],
  ])('%s and %s: %s', (one, other, expected) => {
    expect(overlaps(one, other)).toBe(expected);
    expect(overlaps(other, one)).toBe(expected);
  });
});

describe('chooseNetwork', () => {
  test('gives the same id the same ranges, so that a kubeconfig stays right', () => {
    expect(chooseNetwork('0a1b2c3d', [])).toEqual(chooseNetwork('0a1b2c3d', []));
  });

  test('goes to the next ranges where the cable or the Pods of the first are taken', () => {
    const first = chooseNetwork('0a1b2c3d', []);
    for (const taken of [first.cable, first.pods, first.nodeAddress]) {
      const other = chooseNetwork('0a1b2c3d', ['127.0.0.0/8', taken]);
      expect(other.cable).not.toBe(first.cable);
      expect(other.pods).not.toBe(first.pods);
      expect(other.hostDevice).toBe(first.hostDevice);
    }
  });

  test('says so when this machine uses all of them', () => {
    expect(() => chooseNetwork('0a1b2c3d', ['10.0.0.0/8'])).toThrow('no free network');
  });
});

test('no two networks share an address', () => {
  const index = fc.integer({ min: 0, max: 4095 });
  fc.assert(
    fc.property(index, index, (one, other) => {
      const [a, b] = [networkAt(one, 'a'), networkAt(other, 'b')];
      expect(overlaps(a.cable, b.pods)).toBe(false);
      expect(overlaps(a.cable, b.cable)).toBe(one === other);
      expect(overlaps(a.pods, b.pods)).toBe(one === other);
      expect(overlaps(a.cable, a.nodeAddress) && overlaps(a.cable, a.hostAddress)).toBe(true);
    }),
  );
});
