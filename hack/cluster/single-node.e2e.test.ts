import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { containerEngine } from '../images/engine.ts';
import { loadImage } from '../images/load.ts';
import { buildProductImage } from '../images/product.ts';
import { parseCgroupMounts } from './cgroups.ts';
import { checkoutAt } from './checkout.ts';
import { run } from './command.ts';
import { type NodeFaults, nodeFaults } from './faults.ts';
import { kubectlPath } from './kube-binary.ts';
import { findInit } from './namespaces.ts';
import { downSingleNode, missingComponents, upSingleNode } from './single-node.ts';

const isPossible = process.getuid?.() === 0 && (await containerEngine()) === undefined;

const whyNot = isPossible ? '' : ' (skipped: a single node is only made by root, where no container engine answers)';

describe.runIf(isPossible)(`a second checkout beside this one${whyNot}`, () => {
  const first = checkoutAt();
  let dir: string;
  let second: ReturnType<typeof checkoutAt>;
  let faults: NodeFaults;
  let server: Server;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'rune-second-'));
    second = checkoutAt(dir);
    await upSingleNode(second);
    faults = await nodeFaults(second);
    server = createServer((_request, response) => response.end('the host answers'));
    await new Promise<void>((resolve) => server.listen(0, faults.hostAddress, resolve));
  });

  afterAll(async () => {
    server?.close();
    if (second) await downSingleNode(second);
    await rm(dir, { recursive: true, force: true });
  });

  const kubectl = async (...args: string[]) => run(await kubectlPath(), ['--kubeconfig', second.kubeconfig, ...args]);

  test('has a network of its own', async () => {
    const other = await nodeFaults(first);
    expect(faults.nodeAddress).not.toBe(other.nodeAddress);
    expect(faults.podRange).not.toBe(other.podRange);
  });

  test('runs a restricted Pod that finds cluster names, the API server and this machine', async () => {
    const image = await loadImage(await buildProductImage(), second);
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const manifest = JSON.stringify(restrictedPod(image, `http://${faults.hostAddress}:${port}`));
    await run(await kubectlPath(), ['--kubeconfig', second.kubeconfig, 'apply', '--filename', '-'], {
      input: manifest,
    });
    await kubectl('--namespace=strict', 'wait', '--for=jsonpath={.status.phase}=Succeeded', 'pod/p', '--timeout=90s');
    const log = await kubectl('--namespace=strict', 'logs', 'p', '--container=main');
    expect(log.trim().split('\n')).toEqual(['10.96.0.1', '200', 'the host answers']);
  });

  test('is left as it is by a second start, and repaired by one after a crash', async () => {
    const init = findInit(second.id);
    await upSingleNode(second);
    await faults.kill('kubelet');
    await faults.kill('etcd');
    await upSingleNode(second);
    expect(findInit(second.id)).toBe(init);
    expect(missingComponents(second)).toEqual([]);
    expect(await kubectl('get', 'namespace', 'strict', '--output=name')).toContain('strict');
  });

  test('leaves nothing behind, and the first one alone', async () => {
    const rulesBefore = await run('iptables-save', []);
    await downSingleNode(second);
    expect(findInit(second.id)).toBeUndefined();
    expect(existsSync(second.clusterDir)).toBe(false);
    expect(existsSync(second.kubeconfig)).toBe(false);
    expect(await run('ip', ['link', 'show'])).not.toContain(second.id);
    expect(await run('ip', ['route', 'show'])).not.toContain(second.id);
    expect(await run('iptables-save', [])).toBe(rulesBefore);
    const mounts = await readFile('/proc/self/mountinfo', 'utf8');
    expect(mounts).not.toContain(dir);
    for (const mount of parseCgroupMounts(mounts)) expect(existsSync(join(mount, `rune-${second.id}`))).toBe(false);
    expect(missingComponents(first)).toEqual([]);
  });
});

function restrictedPod(image: string, hostUrl: string): object {
  const securityContext = {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    readOnlyRootFilesystem: true,
  };
  const program = `
    const { lookup } = await import('node:dns/promises');
    console.log((await lookup('kubernetes.default.svc')).address);
    console.log((await fetch('https://kubernetes.default.svc/version')).status);
    console.log(await (await fetch('${hostUrl}')).text());`;
  const sidecar = `process.on('SIGTERM', () => process.exit(0)); setInterval(() => {}, 1000);`;
  const node = (name: string, code: string) => ({
    name,
    image,
    args: ['--input-type=module', '--eval', code],
    env: [{ name: 'NODE_EXTRA_CA_CERTS', value: '/var/run/secrets/kubernetes.io/serviceaccount/ca.crt' }],
    securityContext,
  });
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'strict' },
    spec: {
      restartPolicy: 'Never',
      serviceAccountName: 'visitor',
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      initContainers: [{ ...node('sidecar', sidecar), restartPolicy: 'Always' }],
      containers: [node('main', program)],
    },
  };
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'strict', labels } };
  // Of its own: "default" is made by a controller, which an apply at the same moment collides with.
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'visitor', namespace: 'strict' } };
  return { apiVersion: 'v1', kind: 'List', items: [namespace, account, pod] };
}
