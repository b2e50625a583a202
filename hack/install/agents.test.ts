import { expect, test } from 'vitest';
import { withAgentImage } from './agents.ts';
import type { Manifest } from './manifest.ts';

const agent = (name: string, spec: Record<string, unknown>): Manifest => ({
  apiVersion: 'bench.rune.ai/v1alpha1',
  kind: 'RuneAgent',
  metadata: { name },
  spec,
});

test('every RuneAgent with the placeholder gets the image, in a copy', () => {
  const given = [agent('a', { container: { image: 'rune-agent-a' } }), agent('b', { openai: {} })];
  const images = withAgentImage(given, 'rune-agent-a', 'localhost/rune-agent-a:dev-1').map(({ spec }) => spec);
  expect(images).toEqual([{ container: { image: 'localhost/rune-agent-a:dev-1' } }, { openai: {} }]);
  expect(given[0]?.spec).toEqual({ container: { image: 'rune-agent-a' } });
});

test('without the placeholder the manifests are refused', () => {
  expect(() => withAgentImage([agent('a', { container: { image: 'other' } })], 'rune-agent-a', 'x')).toThrow(
    'no RuneAgent of agent.yaml has the container.image rune-agent-a',
  );
});
