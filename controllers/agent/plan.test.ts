import { describe, expect, it } from 'vitest';
import type { RuneAgent } from '../../crds/types.ts';
import { planAgent } from './plan.ts';

const NOW = '2026-02-03T04:05:06.000Z';
const agent = (spec: Partial<RuneAgent['spec']>, more: Partial<RuneAgent> = {}): RuneAgent => ({
  apiVersion: 'bench.rune.ai/v1alpha1',
  kind: 'RuneAgent',
  metadata: { name: 'a', generation: 3 },
  spec: { displayName: 'A', domain: 'SRE', tier: 'Closed', needsKubernetes: false, ...spec },
  ...more,
});
const callable = agent({ openai: { stream: true } });
const contained = agent({ container: { image: 'agent:1', startTimeoutSeconds: 120 } });
const unavailable = agent({ unavailable: { reason: 'No public interface.', since: '2026-01-02' } });

describe('planAgent', () => {
  it.each([
    ['an agent that can be asked', callable, 'True', 'Callable', 'The agent can be asked.'],
    ['one in a container', contained, 'True', 'Callable', 'The agent can be asked.'],
    [
      'one that looks at a cluster',
      { ...contained, spec: { ...contained.spec, needsKubernetes: true } },
      'True',
      'Callable',
      'The agent can be asked by jobs with spec.pod.serviceAccountName.',
    ],
    ['one that cannot', unavailable, 'False', 'Unavailable', 'As of 2026-01-02: No public interface.'],
  ])('says of %s whether it is callable, and that it is ready', (_, object, status, reason, message) => {
    const plan = planAgent(object, NOW);
    const common = { observedGeneration: 3, lastTransitionTime: NOW };
    expect(plan).toEqual({
      status: {
        observedGeneration: 3,
        conditions: [
          { type: 'Ready', status: 'True', reason: 'Accepted', message: 'The entry is valid.', ...common },
          { type: 'Callable', status, reason, message, ...common },
        ],
      },
      events: [{ type: 'Normal', reason, message }],
    });
  });

  it('has nothing to say when all is said, in whatever order of fields', () => {
    const { status } = planAgent(callable, 'before');
    const stored = JSON.parse(JSON.stringify(status), (_, value) =>
      Array.isArray(value) || typeof value !== 'object' ? value : Object.fromEntries(Object.entries(value).reverse()),
    );
    expect(planAgent({ ...callable, status: stored }, NOW)).toEqual({ events: [] });
  });

  it('follows the generation without an event', () => {
    const { status } = planAgent(callable, 'before');
    const plan = planAgent({ ...callable, metadata: { name: 'a', generation: 4 }, ...(status && { status }) }, NOW);
    expect(plan.events).toEqual([]);
    expect(plan.status?.conditions?.map((each) => [each.observedGeneration, each.lastTransitionTime])).toEqual([
      [4, 'before'],
      [4, 'before'],
    ]);
  });
});
