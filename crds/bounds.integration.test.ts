import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type ApiServer, connect, install } from './examples/api-server.ts';
import { type Definition, readDefinitions } from './examples/definitions.ts';
import { type Manifest, readExamples } from './examples/manifests.ts';
import { sample } from './examples/sample.ts';
import { replaceAt, violations } from './examples/violations.ts';

const kinds = readDefinitions();
const namespace = `bounds-${randomUUID().slice(0, 8)}`;
let api: ApiServer;

beforeAll(async () => {
  api = await connect(inject('kubeconfig'));
  await install(
    api,
    kinds.map(({ definition }) => definition),
  );
  await api.request('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
});

afterAll(async () => {
  await api.request('DELETE', `/api/v1/namespaces/${namespace}`);
});

describe.each(kinds)('$definition.spec.names.kind', ({ definition, schema }) => {
  const { spec = {}, status = {} } = schema.properties ?? {};

  test.each(violations(spec, ['spec']))('refuses $at: $message', async ({ at, path, value, message }) => {
    const broken = replaceAt({ ...header(definition), spec: sample(spec) }, path, value);
    const answer = await api.create(definition, namespace, broken as Manifest, { dryRun: true });
    expect(answer.status).not.toBe(201);
    expect(answer.body.message).toContain(at);
    expect(answer.body.message).toContain(message);
  });

  describe('status', () => {
    const existing = { ...validManifest(definition), metadata: { name: namespace } };

    beforeAll(async () => {
      const answer = await api.create(definition, namespace, existing);
      expect(answer.body.message).toBeUndefined();
    });

    afterAll(async () => {
      await api.request('DELETE', `${api.path(definition, namespace)}/${namespace}`);
    });

    test('takes every field of the schema', async () => {
      const whole = { ...existing, status: sample(status) };
      const answer = await api.replaceStatus(definition, namespace, whole, { dryRun: true });
      expect(answer.body.message).toBeUndefined();
      expect(answer.body['status']).toEqual(sample(status));
    });

    test.each(violations(status, ['status']))('refuses $at: $message', async ({ at, path, value, message }) => {
      const broken = replaceAt({ ...existing, status: sample(status) }, path, value);
      const answer = await api.replaceStatus(definition, namespace, broken as Manifest, { dryRun: true });
      expect(answer.status).not.toBe(200);
      expect(answer.body.message).toContain(at);
      expect(answer.body.message).toContain(message);
    });
  });
});

function header({ spec }: Definition): Manifest {
  return { apiVersion: `${spec.group}/v1alpha1`, kind: spec.names.kind, metadata: { name: namespace } };
}

function validManifest({ spec }: Definition): Manifest {
  const examples = readExamples('valid').map(({ steps }) => steps[0]?.manifest);
  const found = examples.find((manifest) => manifest?.kind === spec.names.kind);
  if (found === undefined) throw new Error(`no valid example of the kind ${spec.names.kind}`);
  return found;
}
