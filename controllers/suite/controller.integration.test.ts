import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest';
import type { RuneSuite, RuneSuiteManifest } from '../../crds/types.ts';
import { type Admin, connectAdmin } from '../../hack/e2e/faults/admin.ts';
import { apply, installDefinitions } from '../../hack/e2e/faults/operator-account.ts';
import type { Controller } from '../controller.ts';
import { loadKubeConfig } from '../kube/config.ts';
import { keyOf } from '../kube/key.ts';
import { type ApiResource, RUNE_SUITES } from '../kube/resource.ts';
import { testParts } from '../testing/parts.ts';
import { suiteController } from './controller.ts';

type Questions = RuneSuiteManifest['spec']['questions'];

const NAMESPACES: ApiResource = {
  group: '',
  version: 'v1',
  plural: 'namespaces',
  kind: 'Namespace',
  namespaced: false,
};
const namespace = `suites-${randomUUID().slice(0, 8)}`;

let admin: Admin;
let controller: Controller;

beforeAll(async () => {
  admin = connectAdmin(inject('kubeconfig'));
  await installDefinitions(admin);
  await admin.client.create(NAMESPACES, { metadata: { name: namespace } });
  const suites = await admin.informer({ resource: RUNE_SUITES, namespace });
  controller = suiteController({ ...testParts(loadKubeConfig(inject('kubeconfig'), undefined)), suites });
  suites.onChange(({ object }) => controller.enqueue(keyOf(object)));
  controller.start();
});
afterAll(async () => {
  await controller.stop(5_000);
  await admin.client.remove(NAMESPACES, namespace, undefined);
  await admin.stop();
});

test('a suite that two owners write says what it has, and follows each', async () => {
  await write('two', 'networks', [{ id: 'dns', tags: ['network'], prompt: 'Why?' }]);
  await write('two', 'disks', [{ id: 'pvc', tags: ['storage'], prompt: 'Why?' }]);
  await until('two', { observedGeneration: 2, questions: 2, tags: 'network=1,storage=1' });
  const before = (await read('two'))?.status?.sha256;
  // An owner that leaves a question out takes it away, and nothing else.
  await write('two', 'disks', [{ id: 'csi', tags: ['storage', 'network'], prompt: 'Why?' }]);
  await until('two', { observedGeneration: 3, questions: 2, tags: 'network=2,storage=1' });
  const suite = await read('two');
  expect(suite?.spec.questions.map(({ id }) => id).sort()).toEqual(['csi', 'dns']);
  expect(suite?.status?.sha256).not.toBe(before);
});

test('a query that is none makes it not ready, until it is corrected', async () => {
  const asking = (path: string): Questions => [{ id: 'a', prompt: 'Which?', expect: [{ jsonPath: { path } }] }];
  await write('paths', 'one', asking('$['));
  await until('paths', {
    conditions: [{ type: 'Ready', status: 'False', reason: 'InvalidPath' }, { type: 'Stalled' }],
  });
  await write('paths', 'one', asking('$[0]'));
  await until('paths', { conditions: [{ type: 'Ready', status: 'True', observedGeneration: 2 }] });
});

test('one with as many questions and tags as can be is counted', async () => {
  const tags = (index: number) => Array.from({ length: 8 }, (_, place) => `tag-${index}-${place}`.padEnd(31, 'x'));
  const questions = Array.from({ length: 500 }, (_, index) => ({ id: `q${index}`, prompt: 'Why?', tags: tags(index) }));
  await write('large', 'one', questions as Questions);
  await until('large', { questions: 500 });
});

async function write(name: string, fieldManager: string, questions: Questions): Promise<void> {
  const path = `/apis/bench.rune.ai/v1alpha1/namespaces/${namespace}/runesuites/${name}`;
  const object = { apiVersion: 'bench.rune.ai/v1alpha1', kind: 'RuneSuite', metadata: { name }, spec: { questions } };
  await apply(admin, path, object, fieldManager);
}

async function read(name: string): Promise<RuneSuite | undefined> {
  return await admin.client.get(RUNE_SUITES, name, namespace);
}

async function until(name: string, status: object): Promise<void> {
  await eventually(async () => expect((await read(name))?.status).toMatchObject(status));
}

function eventually(check: () => Promise<void>): Promise<void> {
  return vi.waitFor(check, { timeout: 30_000, interval: 50 });
}
