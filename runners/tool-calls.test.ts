import { describe, expect, it } from 'vitest';
import { ToolCalls } from './tool-calls.ts';

type Seen = ['meter' | 'driver', string];

describe('ToolCalls', () => {
  it.each<[string, Seen[], string[], number]>([
    [
      'seen by both',
      [
        ['meter', 'get'],
        ['driver', 'get'],
      ],
      ['get'],
      1,
    ],
    [
      'that the driver tells of first',
      [
        ['driver', 'get'],
        ['meter', 'get'],
      ],
      ['get'],
      1,
    ],
    [
      'that the model did not ask for',
      [
        ['meter', 'get'],
        ['driver', 'scan'],
      ],
      ['get', 'scan'],
      1,
    ],
    [
      'seen by the meter only',
      [
        ['meter', 'get'],
        ['meter', 'get'],
      ],
      ['get', 'get'],
      0,
    ],
    [
      'more than the meter saw',
      [
        ['meter', 'a'],
        ['driver', 'a'],
        ['driver', 'b'],
        ['driver', 'a'],
      ],
      ['a', 'b', 'a'],
      3,
    ],
  ])('names calls %s', (_, seen, names, told) => {
    const calls = new ToolCalls();
    for (const [source, name] of seen) calls.add(source, name);
    expect(calls.names).toEqual(names);
    expect(calls.told).toBe(told);
  });

  it('holds neither long names nor endless ones', () => {
    const calls = new ToolCalls();
    for (let index = 0; index < 11_000; index++) calls.add('driver', `${index}${'x'.repeat(1000)}`);
    expect(calls.names).toHaveLength(10_000);
    expect(calls.names[0]).toHaveLength(128);
  });
});
