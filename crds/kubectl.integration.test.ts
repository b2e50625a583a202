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
});

afterAll(async () => {
  for (const { spec } of definitions.filter(({ spec }) => spec.scope === 'Namespaced')) {
    await kubectl('delete', spec.names.plural, '--all', '--wait=false');
  }
  await kubectl('delete', 'runeagent', agentName, '--wait=false');
  await kubectl('delete', 'namespace', namespace, '--wait=false');
});

describe('kubectl get', () => {
  test.each(['rj', 'rb', 'ra'])('%s fits a terminal of 120 columns', async (shortName) => {
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

  test.each(['spec.domain=SRE', 'spec.tier=OSSNative'])('ra --field-selector %s', async (selector) => {
    expect(await kubectl('get', 'ra', '--field-selector', selector, '-o', 'name')).toContain(agentName);
  });

  test('rune lists all namespaced kinds', async () => {
    const listed = await kubectl('get', 'rune', '-o', 'name');
    expect(listed).toContain('runejob.bench.rune.ai/');
    expect(listed).toContain('runebackend.bench.rune.ai/');
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
    expect(applied.trim().split('\n')).toHaveLength(3);
  });

  test('can read the invalid examples, so that only the API server refuses them', async () => {
    const invalid = join(examples, 'invalid');
    const read = await kubectl('create', '--dry-run=client', '--validate=false', '-o', 'name', '-f', invalid);
    expect(read.trim().split('\n')).toHaveLength(readExamples('invalid').flatMap(({ steps }) => steps).length);
  });
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

/** Stores a valid example of a kind under another name, with a status as the operator would write it. */
async function make(kind: string, name: string, { example, status }: { example: string; status: object }) {
  const definition = definitions.find(({ spec }) => spec.names.kind === kind);
  const manifest = readExamples('valid').find((one) => one.name === example)?.steps[0]?.manifest;
  if (definition === undefined || manifest === undefined) throw new Error(`no ${kind} or no valid example ${example}`);
  const named: Manifest = { ...manifest, metadata: { name } };
  const stored = await api.apply(definition, namespace, named);
  expect(stored.body.message).toBeUndefined();
  const withStatus = { ...named, status };
  const written = await api.replaceStatus(definition, namespace, withStatus);
  expect(written.body.message).toBeUndefined();
}

function condition(type: string, status: 'True' | 'False', reason: string) {
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
const callableAgent = {
  example: 'runeagent-system-prompt',
  status: { conditions: [condition('Callable', 'True', 'Callable')] },
};
