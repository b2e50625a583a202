import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { kubectlPath } from '../hack/cluster/kube-binary.ts';
import { type ApiServer, connect, install } from './examples/api-server.ts';
import { readDefinitions } from './examples/definitions.ts';
import { type Manifest, readExamples } from './examples/manifests.ts';

const WIDTH = 120;
const definitions = readDefinitions().map(({ definition }) => definition);
const namespace = `kubectl-${randomUUID().slice(0, 8)}`;
const agentName = `${namespace}-language-model-asked`;
let api: ApiServer;

beforeAll(async () => {
  api = await connect(inject('kubeconfig'));
  await install(api, definitions);
  await api.request('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
  await make('RuneJob', 'sre-suite-1790000000-0041', finishedJob);
  await make('RuneJob', 'sre-suite-1790000000-0042', waitingJob);
  await make('RuneBackend', 'provider-in-the-cluster', readyBackend);
  await make('RuneAgent', agentName, callableAgent);
  await make('RuneSuite', 'questions-of-the-platform-team', readySuite);
  await make('RuneBenchmark', 'sre-questions-nightly', readyBenchmark);
  await make('RuneRun', 'sre-questions-nightly-29822400', finishedRun);
  await make('RuneRun', 'sre-questions-nightly-9f86d081', waitingRun);
});

afterAll(async () => {
  for (const { spec } of definitions.filter(({ spec }) => spec.scope === 'Namespaced')) {
    await kubectl('delete', spec.names.plural, '--all', '--wait=false');
  }
  await kubectl('delete', 'runeagent', agentName, '--wait=false');
  await kubectl('delete', 'namespace', namespace, '--wait=false');
});

describe('kubectl get', () => {
  test.each(['rj', 'rb', 'ra', 'rbm', 'rr', 'rsu'])('%s fits a terminal of 120 columns', async (shortName) => {
    const lines = (await kubectl('get', shortName)).trimEnd().split('\n');
    expect(lines.length).toBeGreaterThan(1);
    expect(Math.max(...lines.map((line) => line.trimEnd().length))).toBeLessThanOrEqual(WIDTH);
  });

  test('shows outcome, score and latency of a finished job, and why another one waits', async () => {
    const [header, finished, waiting] = (await kubectl('get', 'rj')).split('\n');
    expect(header?.split(/\s{2,}/)).toEqual(
      expect.arrayContaining(['NAME', 'AGENT', 'MODEL', 'STARTED', 'OUTCOME', 'SCORE', 'LATENCY-MS', 'AGE']),
    );
    expect(finished).toMatch(/AgentAsked +Passed +1000 +1234 /);
    expect(waiting).toMatch(/RunnerLimitReached/);
  });

  test.each([
    ['status.outcome=Passed', ['sre-suite-1790000000-0041']],
    ['status.outcome!=Passed', ['sre-suite-1790000000-0042']],
    ['spec.agent.ref.name=direct', ['sre-suite-1790000000-0042']],
    ['spec.model.name=large/2026-10', ['sre-suite-1790000000-0041']],
    ['spec.model.backendRef.name=provider', ['sre-suite-1790000000-0041']],
  ])('rj --field-selector %s', async (selector, names) => {
    const found = await kubectl('get', 'rj', '--field-selector', selector, '-o', 'jsonpath={.items[*].metadata.name}');
    expect(found.split(' ')).toEqual(names);
  });

  test('shows the matrix of a finished run in a line, and why another one waits', async () => {
    const [header, finished, waiting] = (await kubectl('get', 'rr')).split('\n');
    expect(header?.split(/\s{2,}/)).toEqual(
      expect.arrayContaining(['NAME', 'DONE', 'PASS', 'CI95', 'P95', 'COST', 'STATE']),
    );
    expect(finished).toMatch(/1200\/1200 +100\.0% +99-100% +123\.4s +\$123\.45 +PartlyMeasured +True /);
    expect(waiting).toMatch(/ConfigMapNotFound/);
  });

  test('shows with -o wide what a run is of, and what it was expected to cost', async () => {
    const [header = '', finished] = (await kubectl('get', 'rr', '-o', 'wide')).split('\n');
    expect(header).toMatch(/AGE +BENCHMARK +CRITERIA +TRIGGER +ESTIMATE/);
    expect(finished).toMatch(/ sre-questions-nightly +False +Schedule +1234567/);
  });

  test('shows of a benchmark its schedule and its newest run', async () => {
    const [, benchmark] = (await kubectl('get', 'rbm')).split('\n');
    expect(benchmark).toMatch(/30 2 \* \* 1-5 .*PartlyMeasured +100\.0% /);
  });

  test.each([
    ['spec.trigger=Schedule', 'sre-questions-nightly-29822400'],
    ['spec.benchmarkRef.name=nightly', 'sre-questions-nightly-9f86d081'],
  ])('rr --field-selector %s', async (selector, name) => {
    const found = await kubectl('get', 'rr', '--field-selector', selector, '-o', 'jsonpath={.items[*].metadata.name}');
    expect(found).toBe(name);
  });

  test.each(['spec.domain=SRE', 'spec.tier=OSSNative'])('ra --field-selector %s', async (selector) => {
    expect(await kubectl('get', 'ra', '--field-selector', selector, '-o', 'name')).toContain(agentName);
  });

  test('rune lists all namespaced kinds', async () => {
    const listed = await kubectl('get', 'rune', '-o', 'name');
    expect(listed).toContain('runejob.bench.rune.ai/');
    expect(listed).toContain('runebackend.bench.rune.ai/');
    for (const kind of ['runesuite', 'runebenchmark', 'runerun']) expect(listed).toContain(`${kind}.bench.rune.ai/`);
  });
});

describe('kubectl apply', () => {
  const examples = join(import.meta.dirname, 'examples');

  test('takes the valid examples as they are', async () => {
    const applied = await kubectl('apply', '--dry-run=server', '-f', join(examples, 'valid'));
    expect(applied.trim().split('\n')).toHaveLength(readExamples('valid').flatMap(({ steps }) => steps).length);
  });

  test('takes the manifests of the README', async () => {
    const readme = readFileSync(join(import.meta.dirname, '..', 'README.md'), 'utf8');
    const blocks = [...readme.matchAll(/^```yaml\n(.*?)^```$/gms)].map((match) => match[1] ?? '');
    const path = join(mkdtempSync(join(tmpdir(), 'rune-readme-')), 'manifests.yaml');
    writeFileSync(path, blocks.join('---\n').replace(/^ {2}namespace: .*\n/gm, ''));
    const applied = await kubectl('apply', '--dry-run=server', '-f', path).finally(() =>
      rmSync(dirname(path), { recursive: true }),
    );
    const documents = blocks.flatMap((block) => block.match(/^kind: /gm) ?? []);
    expect(documents.length).toBeGreaterThanOrEqual(3);
    expect(applied.trim().split('\n')).toHaveLength(documents.length);
  });

  test('can read the invalid examples, so that only the API server refuses them', async () => {
    const invalid = join(examples, 'invalid');
    const read = await kubectl('create', '--dry-run=client', '--validate=false', '-o', 'name', '-f', invalid);
    expect(read.trim().split('\n')).toHaveLength(readExamples('invalid').flatMap(({ steps }) => steps).length);
  });
});

describe('a suite from two places', () => {
  const apply = async (
    manager: string,
    path = join(import.meta.dirname, `examples/valid/runesuite-shared-${manager}.yaml`),
  ) => await kubectl('apply', '--server-side', `--field-manager=${manager}`, '-f', path);
  const ids = async () => await kubectl('get', 'rsu/shared', '-o', 'jsonpath={.spec.questions[*].id}');

  test('holds the questions of both, and loses those that their own place leaves out', async () => {
    await apply('network');
    await apply('storage');
    expect(await ids()).toBe('dns access-mode');
    const path = join(mkdtempSync(join(tmpdir(), 'rune-suite-')), 'suite.yaml');
    const questions = [{ id: 'routes', prompt: 'Which command shows routes?' }];
    const metadata = { name: 'shared' };
    writeFileSync(
      path,
      JSON.stringify({ apiVersion: 'bench.rune.ai/v1alpha1', kind: 'RuneSuite', metadata, spec: { questions } }),
    );
    await apply('network', path).finally(() => rmSync(dirname(path), { recursive: true }));
    expect((await ids()).split(' ').toSorted()).toEqual(['access-mode', 'routes']);
  });

  test('is not changed by the one where the other wrote', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'rune-suite-')), 'suite.yaml');
    const questions = [{ id: 'access-mode', prompt: 'Something easier?' }];
    const metadata = { name: 'shared' };
    writeFileSync(
      path,
      JSON.stringify({ apiVersion: 'bench.rune.ai/v1alpha1', kind: 'RuneSuite', metadata, spec: { questions } }),
    );
    const applied = apply('network', path).finally(() => rmSync(dirname(path), { recursive: true }));
    await expect(applied).rejects.toThrow('conflict with "storage"');
  });
});

test('kubectl wait sees the end of a run, and its gates', async () => {
  const name = 'rr/sre-questions-nightly-29822400';
  for (const condition of ['Finished', 'CriteriaMet=False', 'Regressed']) {
    expect(await kubectl('wait', name, `--for=condition=${condition}`, '--timeout=5s')).toContain('condition met');
  }
});

test('kubectl wait sees the end of a job', async () => {
  const waited = await kubectl('wait', 'rj/sre-suite-1790000000-0041', '--for=condition=Finished', '--timeout=5s');
  expect(waited).toContain('condition met');
});

describe('kubectl explain', () => {
  test.each(definitions.map(({ spec }) => spec.names.kind.toLowerCase()))(
    '%s.spec reads as documentation',
    async (kind) => {
      const text = await kubectl('explain', `${kind}.spec`);
      expect(text).toContain('DESCRIPTION:');
      expect(text).not.toContain('<no description>');
    },
  );

  test('names allowed values and what is required', async () => {
    expect(await kubectl('explain', 'runejob.spec')).toMatch(/question\t<Object>\n +The question itself\./);
    expect(await kubectl('explain', 'runeagent.spec.domain')).toMatch(/ENUM:\n +SRE\n +Research/);
    expect(await kubectl('explain', 'runejob.spec.model')).toContain('-required-');
  });
});

async function kubectl(...args: string[]): Promise<string> {
  const all = ['--kubeconfig', inject('kubeconfig'), '--namespace', namespace, ...args];
  return (await promisify(execFile)(await kubectlPath(), all)).stdout;
}

type Stored = { example: string; spec?: object; status: object };

/** Stores a valid example of a kind under another name, with a status as the operator would write it. */
async function make(kind: string, name: string, { example, spec, status }: Stored) {
  const definition = definitions.find(({ spec }) => spec.names.kind === kind);
  const manifest = readExamples('valid').find((one) => one.name === example)?.steps[0]?.manifest;
  if (definition === undefined || manifest === undefined) throw new Error(`no ${kind} or no valid example ${example}`);
  const named: Manifest = { ...manifest, metadata: { name }, ...(spec === undefined ? {} : { spec }) };
  const stored = await api.apply(definition, namespace, named);
  expect(stored.body.message).toBeUndefined();
  const withStatus = { ...named, status };
  const written = await api.replaceStatus(definition, namespace, withStatus);
  expect(written.body.message).toBeUndefined();
}

function condition(type: string, status: 'True' | 'False' | 'Unknown', reason: string) {
  return { type, status, reason, message: '', lastTransitionTime: '2026-11-22T12:00:00Z' };
}

const finishedJob = {
  example: 'runejob-full',
  status: {
    outcome: 'Passed',
    scorePermille: 1000,
    attempt: 1,
    timings: { agentMilliseconds: 1234 },
    conditions: [condition('Started', 'True', 'AgentAsked'), condition('Finished', 'True', 'Passed')],
  },
};
const waitingJob = {
  example: 'runejob-minimal',
  status: { attempt: 0, conditions: [condition('Started', 'False', 'RunnerLimitReached')] },
};
const readyBackend = {
  example: 'runebackend-openai',
  status: { conditions: [condition('Ready', 'True', 'Reachable'), condition('ModelsPresent', 'True', 'AllServed')] },
};
const readySuite = {
  example: 'runesuite-full',
  status: {
    questions: 500,
    tags: 'databases=120,easy=40,network=200,pods=140',
    conditions: [condition('Ready', 'True', 'Ready')],
  },
};
const readyBenchmark = {
  example: 'runebenchmark-full',
  status: {
    lastRun: {
      name: 'sre-questions-nightly-29822400',
      outcome: 'PartlyMeasured',
      completionTime: '2026-11-22T12:00:00Z',
      pass: '100.0%',
      cost: '$123.45',
    },
    conditions: [condition('Regressed', 'True', 'Regressed'), condition('Ready', 'True', 'Ready')],
  },
};
const finishedRun = {
  example: 'runerun-minimal',
  spec: { benchmarkRef: { name: 'sre-questions-nightly' }, trigger: 'Schedule' },
  status: {
    estimate: { expectedMicroUSD: 1_234_567 },
    summary: {
      done: '1200/1200',
      pass: '100.0%',
      ci95: '99-100%',
      p95: '123.4s',
      cost: '$123.45',
      state: 'PartlyMeasured',
    },
    conditions: [
      condition('Finished', 'True', 'PartlyMeasured'),
      condition('CriteriaMet', 'False', 'PassRate'),
      condition('Regressed', 'True', 'Regressed'),
    ],
  },
};
const waitingRun = {
  example: 'runerun-minimal',
  status: {
    summary: { done: '0/1200', state: 'ConfigMapNotFound' },
    conditions: [condition('Regressed', 'Unknown', 'NotFinished')],
  },
};
const callableAgent = {
  example: 'runeagent-system-prompt',
  status: { conditions: [condition('Callable', 'True', 'Callable')] },
};
