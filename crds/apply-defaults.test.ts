import { expect, it } from 'vitest';
import { applyDefaults } from './apply-defaults.ts';

const schema = {
  properties: {
    trial: { default: 0 },
    name: {},
    pod: { properties: { tier: { default: 'low' } } },
    status: { default: { seen: -1 }, properties: { seen: {}, ok: { default: false } } },
    list: { items: { properties: { weight: { default: 1 } } } },
    labels: { additionalProperties: { properties: { on: { default: true } } } },
  },
};

it.each<[unknown, unknown]>([
  [{}, { trial: 0, status: { seen: -1, ok: false } }],
  [
    { trial: 7, name: 'a', status: {} },
    { trial: 7, name: 'a', status: { ok: false } },
  ],
  [
    { trial: null, name: null, status: { seen: 1 } },
    { trial: 0, name: null, status: { seen: 1, ok: false } },
  ],
  [
    { pod: {}, status: null },
    { trial: 0, pod: { tier: 'low' }, status: { seen: -1, ok: false } },
  ],
  [
    { list: [{}, { weight: 3 }, 4] },
    { trial: 0, list: [{ weight: 1 }, { weight: 3 }, 4], status: { seen: -1, ok: false } },
  ],
  [
    { labels: { toString: {} }, other: {} },
    { trial: 0, labels: { toString: { on: true } }, other: {}, status: { seen: -1, ok: false } },
  ],
  ['text', 'text'],
])('%j becomes %j', (value, expected) => {
  const before = structuredClone(value);
  expect(applyDefaults(schema, value)).toEqual(expected);
  expect(value).toEqual(before);
});
