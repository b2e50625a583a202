import { describe, expect, it, test } from 'vitest';
import { isTrue } from '../../crds/conditions.ts';
import type { RuneSuite } from '../../crds/types.ts';
import { suiteStatus } from './plan.ts';

type Question = RuneSuite['spec']['questions'][number];

const NOW = '2026-02-03T04:05:06.000Z';
const LATER = '2026-02-03T05:00:00.000Z';
const question = (id: string, more: Partial<Question> = {}): Question => {
  return { id, prompt: `What is ${id}?`, critical: false, passMarkPermille: 1000, ...more };
};
const suite = (questions: Question[], status?: RuneSuite['status']): RuneSuite => ({
  apiVersion: 'bench.rune.ai/v1alpha1',
  kind: 'RuneSuite',
  metadata: { name: 's', generation: 3 },
  spec: { questions: questions as RuneSuite['spec']['questions'] },
  ...(status && { status }),
});
const bad = question('b', { expect: [{ weight: 1, jsonPath: { of: 'Answer', path: '$[' } }] });

describe('suiteStatus', () => {
  it('says how many questions there are, and that they can be asked', () => {
    expect(suiteStatus(suite([question('a'), question('b')]), NOW)).toEqual({
      observedGeneration: 3,
      questions: 2,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      conditions: [
        {
          type: 'Ready',
          status: 'True',
          reason: 'Accepted',
          message: 'The suite has 2 questions; a run freezes them when it starts.',
          observedGeneration: 3,
          lastTransitionTime: NOW,
        },
      ],
    });
  });

  test.each<[string, Question[], string | undefined]>([
    ['no tags', [question('a')], undefined],
    [
      'tags by their names',
      tagged(['network'], ['storage', 'network'], ['storage'], ['network']),
      'network=3,storage=2',
    ],
    ['as many tags as fit', tagged(...Array.from({ length: 40 }, (_, i) => [`${i + 10}`.padEnd(31, 'x')])), fitting()],
  ])('has %s', (_, questions, tags) => expect(suiteStatus(suite(questions), NOW).tags).toBe(tags));

  describe('its sha256', () => {
    const sha = (...questions: Question[]) => suiteStatus(suite(questions), NOW).sha256;
    it('is the same in whatever order the questions are written', () => {
      expect(sha(question('a'), question('b'))).toBe(sha(question('b'), question('a')));
    });
    test.each<[string, Partial<Question>]>([
      ['prompts', { prompt: 'Else?' }],
      ['tags', { tags: ['x'] }],
      ['critical', { critical: true }],
      ['what is expected', { expect: [{ weight: 1, exact: { value: 'a', ignoreCase: false } }] }],
    ])('changes with %s', (_, more) => expect(sha(question('a', more))).not.toBe(sha(question('a'))));
  });

  test.each<[string, Partial<Question>, string]>([
    [
      'expect',
      { expect: [...(question('x').expect ?? []), { weight: 1, jsonPath: { of: 'Answer', path: '.a' } }] },
      'expect[0].jsonPath.path',
    ],
    [
      'until',
      {
        fixtures: {
          timeoutSeconds: 9,
          manifests: [{}],
          until: [
            { apiVersion: 'v1', kind: 'Pod', name: 'web', jsonPath: '$.a' },
            { apiVersion: 'v1', kind: 'Pod', name: 'web', jsonPath: '{.a}' },
          ],
        },
      } as Partial<Question>,
      'fixtures.until[1].jsonPath',
    ],
  ])('says where a query of %s is none', (_, more, place) => {
    const { conditions, questions } = suiteStatus(suite([question('a'), question('b', more)]), NOW);
    const why = {
      reason: 'InvalidPath',
      message: `Question "b": ${place} is no query in the syntax of RFC 9535. Correct it; no run that asks the question can start before.`,
    };
    expect(conditions).toMatchObject([
      { type: 'Ready', status: 'False', ...why },
      { type: 'Stalled', status: 'True', ...why },
    ]);
    expect(questions).toBe(2);
  });

  it('accepts every query of RFC 9535, functions too', () => {
    const paths = ['$', "$[?@.kind == 'Pod'].name", "$[?match(@.a, 'x.*')]", '$..a[0,-1]', '$[?count(@.*) > 1]'];
    const expects = paths.map((path) => ({ weight: 1, jsonPath: { of: 'Answer' as const, path } }));
    const { conditions } = suiteStatus(suite([question('a', { expect: expects })]), NOW);
    expect(isTrue(conditions, 'Ready')).toBe(true);
  });

  it('is well again once it is corrected', () => {
    const broken = suiteStatus(suite([bad]), NOW);
    const again = suiteStatus(suite([question('b')], broken), LATER);
    expect(again.conditions).toMatchObject([{ type: 'Ready', status: 'True', lastTransitionTime: LATER }]);
  });
});

function tagged(...tags: string[][]): Question[] {
  return tags.map((some, index) => question(`q${index}`, { tags: some }));
}

function fitting(): string {
  return Array.from({ length: 30 }, (_, i) => `${`${i + 10}`.padEnd(31, 'x')}=1`).join(',');
}
