import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { sampleJob } from '../../controllers/job/testing/sample.ts';
import {
  type ApiResource,
  type KubeObject,
  pathOf,
  RUNE_BENCHMARKS,
  RUNE_JOBS,
  RUNE_RUNS,
} from '../../controllers/kube/resource.ts';
import type { Transport } from '../../controllers/kube/transport.ts';
import { API_VERSION, LABEL } from '../../crds/names.ts';
import { waitFor } from '../cluster/wait.ts';
import { type Admin, connectAdmin } from '../e2e/faults/admin.ts';
import { installDefinitions, installOperatorAccount } from '../e2e/faults/operator-account.ts';
import { operatorTransport, said } from './as-operator.ts';

const NAMESPACES: ApiResource = {
  group: '',
  version: 'v1',
  plural: 'namespaces',
  kind: 'Namespace',
  namespaced: false,
};
const namespace = `policy-${randomUUID().slice(0, 8)}`;
const [RUN, BY_HAND, OF_RUN, OTHER] = ['nightly-1', 'by-hand', 'nightly-1-0', 'other'];

let admin: Admin;
let operator: Transport;

beforeAll(async () => {
  admin = connectAdmin(inject('kubeconfig'));
  await installDefinitions(admin);
  await installOperatorAccount(admin);
  await admin.client.create(NAMESPACES, { metadata: { name: namespace } });
  operator = await operatorTransport(admin);
  const metadata = { labels: { team: 'sre' }, annotations: { note: 'kept' } };
  const spec = { benchmarkRef: { name: 'nightly' } };
  // Owners must be there, or garbage collection takes away what they own.
  for (const name of ['nightly', 'weekly']) await make(RUNE_BENCHMARKS, { metadata: { name }, spec: measured });
  await make(RUNE_RUNS, { metadata: { ...metadata, name: RUN, ...ownedBy('RuneBenchmark', 'nightly') }, spec });
  await make(RUNE_RUNS, { metadata: { ...metadata, name: BY_HAND }, spec: { ...spec, suspend: true } });
  const { spec: asked } = sampleJob();
  await make(RUNE_JOBS, { metadata: { ...metadata, name: OF_RUN, ...ownedBy('RuneRun', RUN) }, spec: asked });
  await make(RUNE_JOBS, { metadata: { ...metadata, name: OTHER }, spec: asked });
  // A policy is in force a moment after it was made.
  const label = { metadata: { labels: { team: 'other' } } };
  const isHeld = async () => {
    const answers = [await change(RUNE_JOBS, OF_RUN, label), await change(RUNE_RUNS, RUN, label)];
    return answers.includes('') ? 'a change that they forbid is possible' : undefined;
  };
  await waitFor('the policies', isHeld, 30);
});

afterAll(async () => {
  await admin.client.remove(NAMESPACES, namespace, undefined);
  await operator.close();
  await admin.stop();
});

describe('of a RuneJob that is there, the operator', () => {
  test('may cancel one of a run', async () => {
    expect(await change(RUNE_JOBS, OF_RUN, { spec: { cancel: true } })).toBe('');
  });

  test.each<[string, string, object, string]>([
    ['cancel one of no run', OTHER, { spec: { cancel: true } }, 'only RuneJobs that a RuneRun owns'],
    ['suspend it', OF_RUN, { spec: { suspend: true } }, "nothing of a RuneJob's spec but cancel"],
    ['suspend what it cancels', OF_RUN, { spec: { suspend: true, cancel: true } }, 'spec but cancel'],
    ['take it from its run', OF_RUN, { metadata: { ownerReferences: null } }, "nothing of a RuneJob's metadata"],
    ['label it', OF_RUN, { metadata: { labels: { [LABEL.runUid]: 'other' } } }, 'metadata'],
    ['take a label off', OF_RUN, { metadata: { labels: { team: null } } }, 'metadata'],
    ['annotate it', OF_RUN, { metadata: { annotations: { note: 'x' } } }, 'metadata'],
    ['hold it', OF_RUN, { metadata: { finalizers: ['example.com/hold'] } }, 'metadata'],
  ])('may not %s', async (_name, name, patch, message) => {
    expect(await change(RUNE_JOBS, name, patch)).toContain(message);
  });
});

describe('of a RuneRun that is there, the operator', () => {
  const adopted = { labels: { [LABEL.benchmark]: 'nightly' }, ...ownedBy('RuneBenchmark', 'nightly') };

  test.each<[string, string, object]>([
    ['cancel it', RUN, { spec: { cancel: true } }],
    ['give one by hand to its benchmark', BY_HAND, { metadata: adopted }],
  ])('may %s', async (_name, name, patch) => expect(await change(RUNE_RUNS, name, patch)).toBe(''));

  test.each<[string, string, object, string]>([
    ['let one go', BY_HAND, { spec: { suspend: false } }, "nothing of a RuneRun's spec but cancel"],
    ['let go what it cancels', BY_HAND, { spec: { suspend: false, cancel: true } }, 'spec but cancel'],
    ['give it to another benchmark', BY_HAND, { metadata: ownedBy('RuneBenchmark', 'weekly') }, 'no owner but'],
    ['give it to something else', BY_HAND, { metadata: ownedBy('RuneSuite', 'nightly') }, 'no owner but'],
    ['take it from its benchmark', RUN, { metadata: { ownerReferences: null } }, 'take none away'],
    ['call it that of another', RUN, { metadata: { labels: { [LABEL.benchmark]: 'weekly' } } }, 'no label'],
    ['change a label', RUN, { metadata: { labels: { team: 'other' } } }, 'no label'],
    ['take a label off', RUN, { metadata: { labels: { team: null } } }, 'no label'],
    ['annotate it', RUN, { metadata: { annotations: { note: 'x' } } }, 'neither finalizers nor annotations'],
    ['hold it', RUN, { metadata: { finalizers: ['example.com/hold'] } }, 'neither finalizers nor annotations'],
  ])('may not %s', async (_name, name, patch, message) => {
    expect(await change(RUNE_RUNS, name, patch)).toContain(message);
  });
});

test('others may change what they like', async () => {
  expect(await change(RUNE_JOBS, OTHER, { spec: { suspend: true } }, admin.client.transport)).toBe('');
  expect(await change(RUNE_RUNS, BY_HAND, { spec: { suspend: false } }, admin.client.transport)).toBe('');
});

const measured = {
  agents: [{ name: 'plain', agentRef: { name: 'direct' } }],
  models: [{ name: 'small', backendRef: { name: 'local' } }],
  questions: [{ id: 'a', prompt: 'Who are you?' }],
};

/** Of what was made, by name. */
const uids = new Map<string, string>();

async function make<T extends KubeObject>(
  resource: ApiResource<T>,
  object: { metadata: { name: string }; spec: object },
): Promise<void> {
  const whole = { apiVersion: API_VERSION, kind: resource.kind, ...resolved(object) } as unknown as T;
  const { metadata } = await admin.client.create(resource, whole, namespace);
  uids.set(object.metadata.name, metadata.uid ?? '');
}

/** With the uids in place of the names that {@link ownedBy} puts there. */
function resolved<Body extends object>(body: Body): Body {
  const text = JSON.stringify(body).replace(/uid-of-([a-z0-9-]+)/g, (unknown, name) => uids.get(name) ?? unknown);
  return JSON.parse(text);
}

/** Asks for a JSON merge patch. */
async function change(resource: ApiResource, name: string, body: object, user = operator): Promise<string> {
  const contentType = 'application/merge-patch+json';
  return await said(user, {
    method: 'PATCH',
    path: pathOf(resource, namespace, name),
    body: resolved(body),
    contentType,
  });
}

function ownedBy(kind: string, name: string) {
  return { ownerReferences: [{ apiVersion: API_VERSION, kind, name, uid: `uid-of-${name}`, controller: true }] };
}
