import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { RuneBenchmark, RuneRun, RuneSuite } from '../../../crds/types.ts';
import { parseQuestion } from '../../../runners/question.ts';
import { questionSHA256 } from '../../../runners/scoring/verdict.ts';
import { sampleBenchmark, sampleRun } from '../../benchmark/testing/sample.ts';
import { type FreezeInput, freeze } from './freeze.ts';
import type { SuiteQuestion } from './matrix.ts';

const prices = { inputPerMillionTokensUSD: '1', outputPerMillionTokensUSD: '2' };
const question = (id: string, more: Partial<SuiteQuestion> = {}): SuiteQuestion => ({
  id,
  prompt: `What is ${id}?`,
  critical: false,
  passMarkPermille: 1000,
  expect: [{ weight: 1, exact: { value: 'x', ignoreCase: false } }],
  ...more,
});
const suite = (...questions: SuiteQuestion[]): RuneSuite => ({ metadata: { name: 's' }, spec: { questions } }) as never;

function input(
  spec: Partial<RuneBenchmark['spec']> = {},
  more: Partial<FreezeInput> & { overrides?: RuneRun['spec']['overrides'] } = {},
): FreezeInput {
  const { overrides, ...rest } = more;
  return {
    run: sampleRun('nightly-1', undefined, overrides === undefined ? {} : { overrides }),
    benchmark: sampleBenchmark({ questions: [question('a'), question('b')], ...spec }),
    suites: () => undefined,
    configMaps: () => undefined,
    catalogue: {
      agent: () => ({ metadata: { generation: 3 }, spec: { openai: { stream: true } } }) as never,
      backend: () => ({ metadata: { generation: 4 }, spec: { ollama: { url: 'http://m' }, prices } }) as never,
    },
    runs: [],
    ...rest,
  };
}

const reasonOf = (given: FreezeInput) => {
  const found = freeze(given);
  if (found.kind === 'frozen') return 'frozen';
  expect(found.message).toMatch(/^[A-Z0-9].*\.$/);
  return `${found.isFinal ? 'final' : 'waits'} ${found.reason}`;
};
const frozenOf = (given: FreezeInput) => {
  const found = freeze(given);
  if (found.kind !== 'frozen') throw new Error(found.message);
  return found;
};

test.each<[string, FreezeInput, string]>([
  ['all there', input(), 'frozen'],
  ['no benchmark', input({}, { benchmark: undefined }), 'waits BenchmarkNotFound'],
  ['no suite', input({ suiteRefs: [{ name: 'absent' }] }), 'waits SuiteNotFound'],
  ['no agent', input({}, { catalogue: { ...input().catalogue, agent: () => undefined } }), 'waits AgentNotFound'],
  [
    'an agent that nobody can call',
    input(
      {},
      {
        catalogue: {
          ...input().catalogue,
          agent: () =>
            ({ metadata: {}, spec: { unavailable: { reason: 'It is a website', since: '2026-01-01' } } }) as never,
        },
      },
    ),
    'waits AgentNotCallable',
  ],
  [
    'an agent without its account',
    input(
      {},
      {
        catalogue: {
          ...input().catalogue,
          agent: () => ({ metadata: {}, spec: { needsKubernetes: true, container: { image: 'x' } } }) as never,
        },
      },
    ),
    'final ServiceAccountRequired',
  ],
  ['no backend', input({}, { catalogue: { ...input().catalogue, backend: () => undefined } }), 'waits BackendNotFound'],
  [
    'no ConfigMap',
    input({ questions: [question('a', { contextFrom: { configMapKeyRef: { name: 'logs', key: 'a.log' } } })] }),
    'waits ConfigMapNotFound',
  ],
  [
    'no such key',
    input(
      { questions: [question('a', { contextFrom: { configMapKeyRef: { name: 'logs', key: 'a.log' } } })] },
      { configMaps: () => ({}) },
    ),
    'waits ConfigMapNotFound',
  ],
  [
    'a context that is too long',
    input(
      { questions: [question('a', { contextFrom: { configMapKeyRef: { name: 'logs', key: 'a.log' } } })] },
      { configMaps: () => ({ 'a.log': 'x'.repeat(720_000) }) },
    ),
    'final InvalidContent',
  ],
  [
    'fixtures that are no YAML',
    input(
      {
        questions: [
          question('a', {
            fixtures: { timeoutSeconds: 60, manifestsFrom: { configMapKeyRef: { name: 'f', key: 'f' } } },
          }),
        ],
      },
      { configMaps: () => ({ f: 'a: [' }) },
    ),
    'final InvalidContent',
  ],
  [
    'fixtures that are no objects',
    input(
      {
        questions: [
          question('a', {
            fixtures: { timeoutSeconds: 60, manifestsFrom: { configMapKeyRef: { name: 'f', key: 'f' } } },
          }),
        ],
      },
      { configMaps: () => ({ f: 'kind: Pod' }) },
    ),
    'final InvalidContent',
  ],
  [
    'the same id twice',
    input({ suiteRefs: [{ name: 's' }] }, { suites: () => suite(question('a')) }),
    'final DuplicateQuestion',
  ],
  ['no question of that tag', input({}, { overrides: { tags: ['none'] } }), 'final NoQuestions'],
  ['an agent that is not there', input({}, { overrides: { agents: ['other'] } }), 'final OverrideNotFound'],
  [
    'too many jobs',
    input({ questions: Array.from({ length: 11 }, (_, i) => question(`q${i}`)) }, { overrides: { trials: 1000 } }),
    'final MatrixTooLarge',
  ],
  [
    'too many questions',
    input(
      { suiteRefs: [{ name: 's' }] },
      { suites: () => suite(...Array.from({ length: 499 }, (_, i) => question(`q${i}`))) },
    ),
    'final MatrixTooLarge',
  ],
  ['a budget and no basis', input({ budget: { maxCostUSD: '1' } }), 'final NoEstimate'],
  [
    'a budget and no prices',
    input(
      { budget: { maxCostUSD: '1' }, assumedUsage: { inputTokens: 1, outputTokens: 1 } },
      { catalogue: { ...input().catalogue, backend: () => ({ metadata: {}, spec: {} }) as never } },
    ),
    'final NoEstimate',
  ],
  [
    'a budget that is too small',
    input({ budget: { maxCostUSD: '0.000001' }, assumedUsage: { inputTokens: 1000, outputTokens: 1 } }),
    'final BudgetTooSmall',
  ],
  [
    'a budget that fits',
    input({ budget: { maxCostUSD: '1' }, assumedUsage: { inputTokens: 1000, outputTokens: 1 } }),
    'frozen',
  ],
  ['a baseline that is not there', input({ baselineRef: { name: 'absent' } }), 'waits BaselineNotFound'],
  [
    'a baseline that goes on',
    input({ baselineRef: { name: 'live' } }, { runs: [sampleRun('live')] }),
    'waits BaselineNotFound',
  ],
  ['no run that passed yet', input({ baselineRef: { policy: 'LastPassed' } }), 'frozen'],
])('%s', (_name, given, reason) => expect(reasonOf(given)).toBe(reason));

test('a matrix that is too large is refused with its number', () => {
  const found = freeze(
    input({ questions: Array.from({ length: 11 }, (_, i) => question(`q${i}`)) }, { overrides: { trials: 1000 } }),
  );
  expect(found).toMatchObject({
    message: expect.stringContaining('1 agents x 1 models x 11 questions x 1000 trials are 11000 jobs'),
  });
});

test('cells and questions come in the order in which they are written, tags choose', () => {
  const two = {
    agents: ['x', 'y'].map((name) => ({ name, agentRef: { name } })),
    models: ['m', 'n'].map((name) => ({ name, backendRef: { name: 'l' } })),
  };
  const refs = [{ name: 'second', tags: ['t'] }, { name: 'first' }];
  const suites: Record<string, RuneSuite> = {
    first: suite(question('f1'), question('f2')),
    second: suite(question('s1', { tags: ['t'] }), question('s2'), question('s3', { tags: ['t', 'u'] })),
  };
  const { frozen } = frozenOf(input({ ...two, suiteRefs: refs }, { suites: (name) => suites[name] }));
  expect(frozen.cells.map(({ agent, model }) => `${agent.name}/${model.name}`)).toEqual(['x/m', 'x/n', 'y/m', 'y/n']);
  expect(frozen.questions.map(({ id }) => id)).toEqual(['s1', 's3', 'f1', 'f2', 'a', 'b']);
  const part = frozenOf(
    input(
      { ...two, suiteRefs: refs },
      { suites: (name) => suites[name], overrides: { agents: ['y'], models: ['n'], tags: ['u'], trials: 9 } },
    ),
  ).frozen;
  expect(part.cells.map(({ agent, model }) => `${agent.name}/${model.name}`)).toEqual(['y/n']);
  expect(part).toMatchObject({ trials: 9, questions: [{ id: 's3' }] });
});

describe('the Secrets', () => {
  test('hold what a runner gets, and the run says its sha256 as the runner will', () => {
    const asked = question('a', {
      tags: ['t'],
      critical: true,
      timeoutSeconds: 5,
      contextFrom: { configMapKeyRef: { name: 'logs', key: 'a.log' } },
      fixtures: { timeoutSeconds: 60, manifestsFrom: { configMapKeyRef: { name: 'logs', key: 'pod.yaml' } } },
    });
    const pod =
      'apiVersion: v1\nkind: Pod\nmetadata: {name: web}\n---\n# nothing\n---\napiVersion: v1\nkind: Service\nmetadata: {name: web}\n';
    const { frozen, secrets } = frozenOf(
      input({ questions: [asked] }, { configMaps: () => ({ 'a.log': 'a line', 'pod.yaml': pod }) }),
    );
    const text = secrets[0]?.data['a.json'] ?? '';
    const read = parseQuestion(text);
    expect(read).toMatchObject({
      prompt: 'What is a?',
      context: 'a line',
      fixtures: { manifests: [{ kind: 'Pod' }, { kind: 'Service' }] },
    });
    expect(JSON.parse(text)).not.toHaveProperty('id');
    expect(frozen.questions[0]).toEqual({
      id: 'a',
      sha256: questionSHA256(read)?.slice(0, 12),
      secret: 0,
      tags: ['t'],
      critical: true,
      hasFixtures: true,
      timeoutSeconds: 5,
    });
    expect(JSON.stringify(frozen)).not.toContain('What is a?');
  });

  test('are as few as hold them, each with a name that follows from its content', () => {
    const many = Array.from({ length: 100 }, (_, i) => question(`q${i}`, { context: 'x'.repeat(16_000) }));
    const { frozen, secrets } = frozenOf(input({ questions: many }));
    expect(secrets.length).toBe(2);
    for (const { name, data } of secrets) {
      expect(name).toMatch(/^nightly-1-[0-9a-f]{12}$/);
      expect(Buffer.byteLength(JSON.stringify(data))).toBeLessThan(1024 * 1024);
    }
    expect(frozen.secrets).toEqual(secrets.map(({ name }) => name));
    expect(frozenOf(input({ questions: many })).secrets.map(({ name }) => name)).toEqual(frozen.secrets);
    for (const { id, secret } of frozen.questions) expect(secrets[secret]?.data[`${id}.json`]).toBeDefined();
  });
});

test('the last run that passed is the baseline, not one that regressed or failed', () => {
  const passed = (name: string, hours: number, more: Record<string, 'True' | 'False'> = {}) =>
    sampleRun(name, 'Complete', {}, hours, { CriteriaMet: 'True', ...more });
  const runs = [
    passed('old', 1),
    passed('good', 2),
    passed('worse', 3, { Regressed: 'True' }),
    passed('below', 4, { CriteriaMet: 'False' }),
    sampleRun('failed', 'Cancelled', {}, 5),
  ];
  expect(frozenOf(input({ baselineRef: { policy: 'LastPassed' } }, { runs })).frozen.baseline).toEqual({
    name: 'good',
    uid: 'uid-good',
  });
});

test('estimates rest on earlier runs, then on what is assumed, then on the text', () => {
  const basis = (given: FreezeInput) => frozenOf(given).estimate?.basis;
  const earlier = sampleRun('earlier', 'Complete');
  earlier.status = {
    ...earlier.status,
    cells: [
      {
        agent: 'plain',
        model: 'small',
        jobs: 2,
        measured: 2,
        passed: 2,
        unmeasured: 0,
        cases: 'PP',
        usage: { jobs: 2, inputTokens: 20, outputTokens: 2 },
      },
    ],
  } as never;
  expect(basis(input({}, { runs: [earlier] }))).toBe('History');
  expect(basis(input({ assumedUsage: { inputTokens: 1, outputTokens: 1 } }))).toBe('Assumed');
  expect(basis(input({ agents: [{ name: 'plain', agentRef: { name: 'direct' }, options: { maxTokens: 50 } }] }))).toBe(
    'Text',
  );
  expect(basis(input())).toBeUndefined();
});

test('the seed follows from the run, unless it is given', () => {
  const seed = frozenOf(input()).frozen.seed;
  expect(seed).toBe(
    Number.parseInt(createHash('sha256').update('"uid-nightly-1"').digest('hex').slice(0, 8), 16) & 0x7fffffff,
  );
});
