import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { applyDefaults, type DefaultingSchema } from './apply-defaults.ts';
import { type Answer, type ApiServer, connect, install } from './examples/api-server.ts';
import { type Definition, readDefinitions } from './examples/definitions.ts';
import { type Example, type Manifest, readExamples, type Step } from './examples/manifests.ts';

const definitions = readDefinitions().map(({ definition }) => definition);
const namespace = `examples-${randomUUID().slice(0, 8)}`;
let api: ApiServer;

beforeAll(async () => {
  api = await connect(inject('kubeconfig'));
  await install(api, definitions);
  await api.request('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
});

afterAll(async () => {
  for (const definition of definitions.filter(({ spec }) => spec.scope === 'Namespaced')) {
    await api.request('DELETE', api.path(definition, namespace));
  }
  await api.request('DELETE', `/api/v1/namespaces/${namespace}`);
});

test.each([...readExamples('valid'), ...readExamples('sre')])('accepts $name', async (example) => {
  for (const { step, answer } of await send(example)) {
    expect(answer.body.message).toBeUndefined();
    expect(answer.status).toBeLessThan(300);
    // What checks manifests without a cluster adds the same defaults.
    expect(answer.body['spec']).toEqual(applyDefaults(specSchemaOf(step.manifest), specOf(step.manifest)));
  }
});

test.each(readExamples('invalid'))('refuses $name', async (example) => {
  for (const { step, answer } of await send(example)) {
    if (step.expect.length === 0) {
      expect(answer.body.message).toBeUndefined();
      continue;
    }
    expect([400, 422]).toContain(answer.status);
    for (const part of step.expect) expect(answer.body.message).toContain(part);
  }
});

/** Sends the documents of an example in order. Only one that another one updates is stored. */
async function send({ name, steps }: Example): Promise<{ step: Step; answer: Answer }[]> {
  const updates = steps.some(({ step }) => step === 'update');
  const answers = [];
  for (const step of steps) {
    const definition = definitionOf(step.manifest);
    const manifest = updates ? { ...step.manifest, metadata: { name } } : step.manifest;
    const answer = updates
      ? await api.apply(definition, namespace, manifest)
      : await api.create(definition, namespace, manifest, { dryRun: true });
    answers.push({ step, answer });
  }
  return answers;
}

function specSchemaOf({ kind }: Manifest): DefaultingSchema {
  const found = readDefinitions().find(({ definition }) => definition.spec.names.kind === kind);
  return found?.schema.properties?.['spec'] ?? {};
}

function specOf(manifest: Manifest): unknown {
  return (manifest as { spec?: unknown }).spec;
}

function definitionOf({ kind }: Manifest): Definition {
  const found = definitions.find(({ spec }) => spec.names.kind === kind);
  if (found === undefined) throw new Error(`no definition of the kind ${kind}`);
  return found;
}
