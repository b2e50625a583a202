import { describe, expect, it, test } from 'vitest';
import type { FrozenRun } from '../../../crds/frozen-run.ts';
import type { RuneRun } from '../../../crds/types.ts';
import { contentSHA256, type FreezeInput, freeze, pricesSHA256 } from './freeze.ts';
import { agent, backend, benchmark, input, JOB_TEMPLATE, PRICES, question, run, suite } from './testing/objects.ts';

const SENTENCE = /^[A-Z"].*[.]$/;
const from = (name: string, key: string) => ({ configMapKeyRef: { name, key } });
const budget = { maxCostUSD: '1.00' };
const assumedUsage = { inputTokens: 1000, outputTokens: 100 };
const many = (count: number, prefix = 'q') =>
  Array.from({ length: count }, (_, index) => question(`${prefix}${index}`));
const agents = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ name: `a${index}`, agentRef: { name: 'direct' } }));
const withQuestion = (more: Parameters<typeof question>[1], configMaps = {}) =>
  input({ suites: [suite('basics', [question('a', more)])], configMaps });

describe('a run waits', () => {
  test.each<[string, FreezeInput, string, string]>([
    ['for its benchmark', { ...input(), benchmark: undefined }, 'BenchmarkNotFound', 'RuneBenchmark "nightly"'],
    ['for a suite', input({ suites: [] }), 'SuiteNotFound', 'RuneSuite "basics"'],
    ['for an agent', input({ agents: [] }), 'AgentNotFound', 'RuneAgent "direct"'],
    [
      'for an agent that cannot be called',
      input({ agents: [agent({ unavailable: { reason: 'It has no API', since: '2026-01-01' } })] }),
      'AgentNotCallable',
      'cannot be called: It has no API. The run',
    ],
    ['for a backend', input({ backends: [] }), 'BackendNotFound', 'RuneBackend "models"'],
    ['for a ConfigMap', withQuestion({ contextFrom: from('logs', 'x') }), 'ConfigMapNotFound', 'no ConfigMap "logs"'],
    [
      'for a key',
      withQuestion({ contextFrom: from('logs', 'x') }, { logs: { y: '' } }),
      'ConfigMapNotFound',
      'ConfigMap "logs" has no key "x"',
    ],
    [
      'for a baseline that is not there',
      input({ benchmark: benchmark({ baselineRef: { name: 'first' } }) }),
      'BaselineNotFound',
      'RuneRun "first", does not exist',
    ],
    [
      'for a baseline that goes on',
      input({ benchmark: benchmark({ baselineRef: { name: 'first' } }), runs: [run({}, 'first')] }),
      'BaselineNotFound',
      'RuneRun "first", has not finished',
    ],
  ])('%s', (_, given, reason, words) => {
    expect(freeze(given)).toMatchObject({ kind: 'not frozen', isFinal: false, reason });
    expect(messageOf(given)).toContain(words);
    expect(messageOf(given)).toMatch(SENTENCE);
  });

  it('as long as its benchmark says, or an hour while nobody knows', () => {
    expect(freeze(input({ suites: [] }))).toMatchObject({ startDeadlineSeconds: 1200 });
    expect(freeze({ ...input(), benchmark: undefined })).toMatchObject({ startDeadlineSeconds: 3600 });
  });
});

describe('a run is refused', () => {
  test.each<[string, FreezeInput, string, string]>([
    ['without a question', input({ run: run({ overrides: { tags: ['none'] } }) }), 'NoQuestions', 'tags'],
    [
      'with more than 10,000 jobs',
      input({
        benchmark: benchmark({ agents: agents(4), trials: 10 }),
        suites: [suite('basics', many(251))],
      }),
      'MatrixTooLarge',
      '10040 jobs (4 agents x 1 model x 251 questions x 10 trials), and a run has at most 10000',
    ],
    [
      'with more than 500 questions',
      input({
        benchmark: benchmark({ suiteRefs: [{ name: 'one' }, { name: 'two' }], trials: 1 }),
        suites: [suite('one', many(300, 'a')), suite('two', many(201, 'b'))],
      }),
      'MatrixTooLarge',
      'The 501 questions are more than the 500',
    ],
    [
      'with an id in two suites',
      input({
        benchmark: benchmark({ suiteRefs: [{ name: 'one' }, { name: 'two' }] }),
        suites: [suite('one', [question('x')]), suite('two', [question('x')])],
      }),
      'DuplicateQuestion',
      'Both RuneSuite "one" and RuneSuite "two" have a question "x"',
    ],
    [
      'with an id in a suite and in the benchmark',
      input({ benchmark: benchmark({ questions: [question('b')] }) }),
      'DuplicateQuestion',
      'Both RuneSuite "basics" and the RuneBenchmark itself',
    ],
    [
      'with an agent that the benchmark has not',
      input({ run: run({ overrides: { agents: ['other'] } }) }),
      'OverrideNotFound',
      'overrides.agents names "other"',
    ],
    [
      'with a model that the benchmark has not',
      input({ run: run({ overrides: { models: ['large'] } }) }),
      'OverrideNotFound',
      'with one of small',
    ],
    [
      'with a context that is too long',
      withQuestion({ contextFrom: from('logs', 'x') }, { logs: { x: 'é'.repeat(350 * 1024 + 1) } }),
      'InvalidContent',
      'Key "x" of ConfigMap "logs" is longer than the 700 KiB',
    ],
    [
      'with fixtures that are not YAML',
      withQuestion(
        { fixtures: { timeoutSeconds: 9, manifestsFrom: from('faults', 'pod.yaml') } },
        { faults: { 'pod.yaml': 'a: [' } },
      ),
      'InvalidContent',
      'Key "pod.yaml" of ConfigMap "faults" is not YAML',
    ],
    [
      'with a query that is none',
      withQuestion({ expect: [{ weight: 1, jsonPath: { of: 'Answer', path: '{.a}' } }] }),
      'InvalidContent',
      'Question "a": expect[0].jsonPath.path is no query',
    ],
    [
      'with options that are too long for all cells together',
      input({
        benchmark: benchmark({
          agents: [{ name: 'plain', agentRef: { name: 'direct' }, options: { systemPrompt: 'x'.repeat(500_000) } }],
          models: ['small', 'large'].map((name) => ({ name, backendRef: { name: 'models' } })),
        }),
      }),
      'InvalidContent',
      'longer than 900 KiB',
    ],
    [
      'with an agent that looks at a cluster and has no account',
      input({ agents: [agent({ openai: { stream: true }, needsKubernetes: true })] }),
      'ServiceAccountRequired',
      'jobTemplate.pod.serviceAccountName',
    ],
    [
      'with a budget and no price',
      input({ benchmark: benchmark({ budget, assumedUsage }) }),
      'NoEstimate',
      'add prices of all models',
    ],
    [
      'with a budget, prices, and nothing to go by',
      input({ benchmark: benchmark({ budget }), backends: [backend({ prices: PRICES })] }),
      'NoEstimate',
      'assumedUsage',
    ],
    [
      'with a budget that holds not even one job',
      input({
        benchmark: benchmark({ budget: { maxCostUSD: '0.001' }, assumedUsage }),
        backends: [backend({ prices: PRICES })],
      }),
      'BudgetTooSmall',
      'A single job reserves $0.0024, and budget.maxCostUSD is 0.001',
    ],
  ])('%s', (_, given, reason, words) => {
    expect(freeze(given)).toMatchObject({ kind: 'not frozen', isFinal: true, reason });
    expect(messageOf(given)).toContain(words);
    expect(messageOf(given)).toMatch(SENTENCE);
  });
});

describe('the matrix', () => {
  const tagged = input({
    benchmark: benchmark({
      agents: agents(2),
      models: ['m1', 'm2'].map((name) => ({ name, backendRef: { name: 'models' } })),
      suiteRefs: [{ name: 'two' }, { name: 'one', tags: ['easy', 'net'] }],
      questions: [question('own', { tags: ['easy'] })],
    }),
    suites: [
      suite('one', [
        question('z', { tags: ['net'] }),
        question('y', { tags: ['hard'] }),
        question('x', { tags: ['easy'] }),
      ]),
      suite('two', [question('w'), question('v', { tags: ['easy', 'hard'] })]),
    ],
  });

  it('has the questions in the order of suiteRefs, each suite in its own, the own ones last', () => {
    expect(idsOf(tagged)).toEqual(['w', 'v', 'z', 'x', 'own']);
  });

  it('has the first agent with each model, then the second', () => {
    const { cells } = frozenOf(tagged);
    expect(cells.map((cell) => `${cell.agent.name} ${cell.model.name}`)).toEqual(['a0 m1', 'a0 m2', 'a1 m1', 'a1 m2']);
  });

  it('is what overrides leave of it', () => {
    const overrides = { agents: ['a1'], models: ['m2'], tags: ['hard', 'net'], trials: 7 };
    const given = { ...tagged, run: run({ overrides }) };
    const { cells, trials } = frozenOf(given);
    expect([cells.length, cells[0]?.agent.name, cells[0]?.model.name, trials]).toEqual([1, 'a1', 'm2', 7]);
    expect(idsOf(given)).toEqual(['v', 'z']);
  });

  it('of 500 questions and 10,000 jobs is not too large', () => {
    const given = input({ benchmark: benchmark({ trials: 20 }), suites: [suite('basics', many(500))] });
    expect(frozenOf(given).questions).toHaveLength(500);
  });
});

describe('what is frozen', () => {
  it('is the benchmark as it is now, with what it names', () => {
    const given = input({
      benchmark: benchmark({ budget, assumedUsage, passCriteria: { minPassPermille: 900, maxUnmeasuredPermille: 0 } }),
      agents: [agent({ container: { image: 'agent:1', startTimeoutSeconds: 9 } })],
      backends: [backend({ prices: PRICES })],
    });
    const estimate = expect.objectContaining({ expectedMicroUSD: 4 * 1200, jobs: 4, basis: 'Assumed' });
    expect(frozenOf(given)).toMatchObject({
      v: 1,
      trials: 2,
      order: 'Interleaved',
      parallelism: 10,
      budget,
      passCriteria: { minPassPermille: 900 },
      jobTemplate: JOB_TEMPLATE,
      benchmark: { name: 'nightly', uid: 'nightly-uid', generation: 3 },
      cells: [{ agentGeneration: 3, backendGeneration: 3, agentImage: 'agent:1', prices: PRICES }],
      reservations: [2400],
      estimate,
    });
  });

  it('says of each question what jobs and statistics need', () => {
    const fixtures = { timeoutSeconds: 9, manifests: [{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' } }] };
    const given = input({
      suites: [
        suite('basics', [
          question('full', { tags: ['net'], critical: true, timeoutSeconds: 5, fixtures }),
          question('open', { expect: [] }),
        ]),
      ],
    });
    const [secret] = secretsOf(given);
    expect(frozenOf(given)).toMatchObject({
      secrets: [secret?.name],
      questions: [
        { id: 'full', secret: 0, tags: ['net'], critical: true, hasFixtures: true, timeoutSeconds: 5 },
        { id: 'open', secret: 0, unscored: true },
      ],
    });
    expect(JSON.parse(secret?.data['open.json'] ?? '')).toEqual({
      prompt: 'What is open?',
      passMarkPermille: 1000,
      expect: [],
    });
  });

  it('holds no part of a question but its name and its hash', () => {
    const text = JSON.stringify(frozenOf(input()));
    expect(text).not.toContain('What is');
    expect(text).not.toContain('contains');
  });

  it('has what ConfigMaps hold in its place', () => {
    const yaml = 'apiVersion: v1\nkind: Pod\nmetadata: {name: web}\n';
    const given = withQuestion(
      { contextFrom: from('texts', 'log'), fixtures: { timeoutSeconds: 9, manifestsFrom: from('texts', 'pod') } },
      { texts: { log: 'a line\n', pod: yaml } },
    );
    expect(JSON.parse(secretsOf(given)[0]?.data['a.json'] ?? '')).toMatchObject({
      context: 'a line\n',
      fixtures: { timeoutSeconds: 9, manifests: [{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' } }] },
    });
  });

  it('does not read what no question of the run takes', () => {
    const rest = question('b', { tags: ['other'], contextFrom: from('missing', 'x') });
    const given = input({
      run: run({ overrides: { tags: ['some'] } }),
      suites: [suite('basics', [question('a', { tags: ['some'] }), rest])],
    });
    expect(idsOf(given)).toEqual(['a']);
  });
});

describe('the seed', () => {
  it('is that of the run', () => expect(frozenOf(input({ run: run({ seed: 7 }) })).seed).toBe(7));
  it('is drawn from its uid, for good', () => {
    const seeds = ['a', 'b', 'a'].map((name) => frozenOf(input({ run: run({}, name) })).seed);
    expect(seeds[0]).toBe(seeds[2]);
    expect(seeds[0]).not.toBe(seeds[1]);
    for (const seed of seeds) expect(seed).toSatisfy((one: number) => one >= 0 && one < 2 ** 31);
  });
});

describe('the estimate', () => {
  const priced = { backends: [backend({ prices: PRICES })] };
  const withBasis = (basis: string) => expect.objectContaining({ basis });
  const usage = { jobs: 2, inputTokens: 20, outputTokens: 2 };
  const cells = [
    { agent: 'plain', model: 'small', jobs: 2, measured: 2, passed: 2, unmeasured: 0, cases: 'PP', usage },
  ];
  const earlier: RuneRun = { ...run({}, 'earlier'), status: { completionTime: '2026-01-01T00:00:00Z', cells } };
  const bounded = [{ name: 'plain', agentRef: { name: 'direct' }, options: { maxTokens: 50 } }];

  test.each<[string, Parameters<typeof input>[0], unknown]>([
    [
      'rests on earlier runs',
      { ...priced, runs: [earlier], benchmark: benchmark({ assumedUsage }) },
      withBasis('History'),
    ],
    ['else on what is assumed', { ...priced, benchmark: benchmark({ assumedUsage }) }, withBasis('Assumed')],
    ['else on the text', { ...priced, benchmark: benchmark({ agents: bounded }) }, withBasis('Text')],
    ['is none without any of these', priced, undefined],
    ['is none without prices', { runs: [earlier] }, undefined],
  ])('%s', (_, more, estimate) => expect(frozenOf(input(more)).estimate).toEqual(estimate));
});

describe('the baseline', () => {
  const lastPassed = benchmark({ baselineRef: { policy: 'LastPassed' } });
  const chosen = (runs: RuneRun[], one = lastPassed) => frozenOf(input({ benchmark: one, runs })).baseline?.name;
  const good = { Finished: 'True', Succeeded: 'True', CriteriaMet: 'True' } as const;

  test.each<[string, RuneRun[], string | undefined]>([
    ['is none without a run', [], undefined],
    ['is the newest that passed', [ended('old', 1, good), ended('new', 3, good), ended('middle', 2, good)], 'new'],
    ['is none that regressed', [ended('old', 1, good), ended('new', 3, { ...good, Regressed: 'True' })], 'old'],
    ['may be one of which nobody knows whether it did', [ended('one', 1, { ...good, Regressed: 'Unknown' })], 'one'],
    ['is none that missed its criteria', [ended('one', 1, { ...good, CriteriaMet: 'False' })], undefined],
    ['is none that did not succeed', [ended('one', 1, { ...good, Succeeded: 'False' })], undefined],
    ['is none of another benchmark', [ended('one', 1, good, 'weekly')], undefined],
  ])('%s', (_, runs, name) => expect(chosen(runs)).toBe(name));

  it('is the named one, once it has finished, however it ended', () => {
    const named = benchmark({ baselineRef: { name: 'first' } });
    expect(chosen([ended('first', 1, { Finished: 'True', Succeeded: 'False' }, 'weekly')], named)).toBe('first');
  });

  it('is none where none is asked for', () => expect(chosen([ended('one', 1, good)], benchmark())).toBeUndefined());
});

describe('the sha256 of the content', () => {
  const sha = (more: Parameters<typeof input>[0] = {}) => contentSHA256(frozenOf(input(more)));

  it('is the same for the same content, whoever asks', () => {
    expect(sha({ run: run({ seed: 7 }, 'other') })).toBe(sha());
    expect(sha({ backends: [backend({ prices: PRICES })] })).toBe(sha());
    expect(sha({ benchmark: benchmark({ parallelism: 1, order: 'Sequential' }) })).toBe(sha());
    expect(sha({ agents: [agent({ openai: { stream: true }, displayName: 'Other' })] })).toBe(sha());
  });

  test.each<[string, Parameters<typeof input>[0]]>([
    ['a question', { suites: [suite('basics', [question('a'), question('b', { prompt: 'Else?' })])] }],
    ['a context in a ConfigMap', withContext('one')],
    ['the same with another text', withContext('two')],
    ['trials', { benchmark: benchmark({ trials: 3 }) }],
    [
      'options',
      { benchmark: benchmark({ agents: [{ name: 'plain', agentRef: { name: 'direct' }, options: { a: 1 } }] }) },
    ],
    ['what the agent is', { agents: [agent({ openai: { stream: true, systemPrompt: 'Hm.' } })] }],
    ['the deadline', { benchmark: benchmark({ jobTemplate: { ...JOB_TEMPLATE, activeDeadlineSeconds: 61 } }) }],
  ])('changes with %s', (_, more) => expect(sha(more)).not.toBe(sha()));

  it('of the text in a ConfigMap tells one text from another', () => {
    expect(sha(withContext('one'))).not.toBe(sha(withContext('two')));
  });

  it('of prices changes with them alone', () => {
    const prices = (more: Parameters<typeof input>[0]) => pricesSHA256(frozenOf(input(more)));
    expect(prices({ backends: [backend({ prices: PRICES })] })).not.toBe(prices({}));
    expect(prices({ benchmark: benchmark({ trials: 9 }) })).toBe(prices({}));
  });
});

function withContext(text: string): Parameters<typeof input>[0] {
  const one = question('a', { contextFrom: from('texts', 'x') });
  return { suites: [suite('basics', [one, question('b')])], configMaps: { texts: { x: text } } };
}

function ended(
  name: string,
  day: number,
  says: { [type: string]: 'True' | 'False' | 'Unknown' },
  of = 'nightly',
): RuneRun {
  const lastTransitionTime = '2026-01-01T00:00:00Z';
  const conditions = Object.entries(says).map(([type, status]) => ({
    ...{ type, status, reason: 'Said', message: 'It is said.', lastTransitionTime },
  }));
  return {
    ...run({ benchmarkRef: { name: of } }, name),
    status: { completionTime: `2026-01-0${day}T00:00:00Z`, conditions },
  };
}

function messageOf(given: FreezeInput): string {
  const result = freeze(given);
  return result.kind === 'frozen' ? '' : result.message;
}

function frozenOf(given: FreezeInput): FrozenRun {
  const result = freeze(given);
  if (result.kind !== 'frozen') throw new Error(result.message);
  return result.frozen;
}

function secretsOf(given: FreezeInput) {
  const result = freeze(given);
  return result.kind === 'frozen' ? result.secrets : [];
}

function idsOf(given: FreezeInput): string[] {
  return frozenOf(given).questions.map(({ id }) => id);
}
