import { expect, test } from 'vitest';
import { chooseProvider } from './cluster.ts';

test.each([
  { context: 'prod', engine: 'docker', expected: { kind: 'context', context: 'prod' } },
  { context: undefined, engine: 'docker', expected: { kind: 'kind', engine: 'docker' } },
  { context: undefined, engine: 'podman', expected: { kind: 'kind', engine: 'podman' } },
  { context: undefined, engine: undefined, expected: { kind: 'single-node' } },
] as const)('context $context and engine $engine: $expected.kind', ({ context, engine, expected }) => {
  expect(chooseProvider(context, engine)).toEqual(expected);
});
