import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { kubectlPath } from './kube-binary.ts';

const execute = promisify(execFile);

async function kubectl(kubeconfig: string, ...args: string[]): Promise<string> {
  return (await execute(await kubectlPath(), ['--kubeconfig', kubeconfig, ...args])).stdout;
}

test("the suite's API server answers and has controllers", async () => {
  const kubeconfig = inject('kubeconfig');
  expect(await kubectl(kubeconfig, 'get', '--raw', '/readyz')).toBe('ok');
  expect(await kubectl(kubeconfig, 'get', 'serviceaccount', 'default', '--output', 'name')).toContain('default');
});

describe('a control plane of one test', () => {
  let plane: ControlPlane;
  beforeAll(async () => {
    plane = await startControlPlane();
  });
  afterAll(async () => {
    await plane.stop();
    expect(existsSync(dirname(plane.kubeconfig))).toBe(false);
  });

  test('records who asked for what in its audit log', async () => {
    await kubectl(plane.kubeconfig, 'create', 'configmap', 'audited');
    const events = (await readFile(plane.auditLog, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { verb: string; user: { username: string }; objectRef?: { name?: string } });
    const created = events.filter(({ objectRef, verb }) => verb === 'create' && objectRef?.name === 'audited');
    expect(created.map(({ user }) => user.username)).toEqual(['rune-admin']);
  });

  test('keeps its objects over a crash of the API server, and refuses a watch from before a compaction', async () => {
    await kubectl(plane.kubeconfig, 'create', 'configmap', 'kept');
    const old = await kubectl(
      plane.kubeconfig,
      ...['get', 'configmap', 'kept', '--output', 'jsonpath={.metadata.resourceVersion}'],
    );
    await kubectl(plane.kubeconfig, 'create', 'configmap', 'later');
    await plane.compactEtcd();
    await plane.restartApiServer();
    expect(await kubectl(plane.kubeconfig, 'get', 'configmap', 'kept', '--output', 'name')).toContain('kept');
    const watch = `/api/v1/namespaces/default/configmaps?watch=1&timeoutSeconds=5&resourceVersion=${old}`;
    expect(await kubectl(plane.kubeconfig, 'get', '--raw', watch)).toContain('"code":410');
  });
});
