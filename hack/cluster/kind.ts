import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { containerEngine } from '../images/engine.ts';
import { cached, cacheKey } from './cache.ts';
import type { Checkout } from './checkout.ts';
import { findCommand, run, succeeds } from './command.ts';
import { auditPolicy } from './control-plane-flags.ts';
import { requireGo } from './needs.ts';
import { step } from './progress.ts';
import { withScratch } from './scratch.ts';
import { writeState } from './state.ts';

const kindVersion = 'v0.30.0';
/** Any kind on the PATH makes the same Kubernetes, and of the configuration format that the patches are for. */
const nodeImage = 'kindest/node:v1.34.0';
const nodeAuditDir = '/var/log/kubernetes/audit';
const nodePolicyDir = '/etc/kubernetes/audit-policy';

/** Makes the checkout's kind cluster, or keeps the one that is there and answers. */
export async function upKind(checkout: Checkout, engine: 'docker' | 'podman'): Promise<void> {
  const name = kindName(checkout);
  const exists = (await kind(engine, ['get', 'clusters'])).split('\n').includes(name);
  if (exists && (await answers(checkout, engine))) return;
  await downKind(checkout, engine);
  await mkdir(join(checkout.clusterDir, 'audit'), { recursive: true });
  await mkdir(join(checkout.clusterDir, 'etc'), { recursive: true });
  await writeFile(join(checkout.clusterDir, 'etc', 'audit-policy.yaml'), stringify(auditPolicy));
  const config = join(checkout.clusterDir, 'etc', 'kind.yaml');
  await writeFile(config, stringify(kindConfig(checkout)));
  await writeState(checkout, { provider: 'kind', name, engine });
  const files = ['--config', config, '--kubeconfig', checkout.kubeconfig];
  await step(`create the kind cluster ${name}`, async () =>
    kind(engine, ['create', 'cluster', '--name', name, ...files, '--wait', '3m']),
  );
}

/** Deletes the checkout's kind cluster and its kubeconfig; no other cluster of kind is touched. */
export async function downKind(checkout: Checkout, engine: 'docker' | 'podman'): Promise<void> {
  await kind(engine, ['delete', 'cluster', '--name', kindName(checkout), '--kubeconfig', checkout.kubeconfig]);
  await rm(checkout.clusterDir, { recursive: true, force: true });
  await rm(checkout.kubeconfig, { force: true });
}

/** Copies an image of the engine into the cluster's node. */
export async function loadIntoKind(name: string, engine: 'docker' | 'podman', ref: string): Promise<void> {
  if (engine === 'docker') return void (await kind(engine, ['load', 'docker-image', ref, '--name', name]));
  // `load docker-image` asks a Docker daemon, which need not be there.
  await withScratch(async (dir) => {
    const archive = join(dir, 'image.tar');
    await run(engine, ['save', '--format', 'docker-archive', '--output', archive, ref]);
    await kind(engine, ['load', 'image-archive', archive, '--name', name]);
  });
}

/** Whether the cluster's node holds an image or could pull it. */
export async function pullInKind(name: string, engine: 'docker' | 'podman', ref: string): Promise<boolean> {
  const crictl = ['exec', `${name}-control-plane`, 'crictl'];
  if (await succeeds(engine, [...crictl, 'inspecti', ref])) return true;
  return await succeeds(engine, [...crictl, 'pull', ref], { timeoutSeconds: 60 });
}

/** Gives an image of the cluster's node one more name. */
export async function tagInKind(name: string, engine: 'docker' | 'podman', ref: string, tag: string): Promise<void> {
  await run(engine, ['exec', `${name}-control-plane`, 'ctr', '-n', 'k8s.io', 'images', 'tag', '--force', ref, tag]);
}

/** Whether an engine holds the node of the checkout's kind cluster, running or not. */
export async function hasKindNode(checkout: Checkout): Promise<boolean> {
  const engine = await containerEngine();
  return (
    engine !== undefined && (await succeeds(engine, ['container', 'inspect', `${kindName(checkout)}-control-plane`]))
  );
}

export function kindName(checkout: Checkout): string {
  return `rune-${checkout.id}`;
}

/** The same audit log and short node deadlines as the single-node cluster has. */
export function kindConfig(checkout: Checkout): object {
  const volume = (name: string, path: string, readOnly: boolean) => ({
    name,
    hostPath: path,
    mountPath: path,
    readOnly,
    pathType: 'DirectoryOrCreate',
  });
  const clusterConfiguration = {
    kind: 'ClusterConfiguration',
    apiServer: {
      extraArgs: {
        'audit-policy-file': `${nodePolicyDir}/audit-policy.yaml`,
        'audit-log-path': `${nodeAuditDir}/audit.log`,
        'audit-log-maxsize': '1000',
      },
      extraVolumes: [volume('audit-policy', nodePolicyDir, true), volume('audit-log', nodeAuditDir, false)],
    },
    controllerManager: { extraArgs: { 'node-monitor-grace-period': '16s', 'node-monitor-period': '2s' } },
  };
  const kubeletConfiguration = {
    kind: 'KubeletConfiguration',
    nodeLeaseDurationSeconds: 16,
    nodeStatusUpdateFrequency: '4s',
  };
  return {
    kind: 'Cluster',
    apiVersion: 'kind.x-k8s.io/v1alpha4',
    nodes: [
      {
        role: 'control-plane',
        image: nodeImage,
        kubeadmConfigPatches: [stringify(clusterConfiguration), stringify(kubeletConfiguration)],
        extraMounts: [
          { hostPath: join(checkout.clusterDir, 'etc'), containerPath: nodePolicyDir, readOnly: true },
          { hostPath: join(checkout.clusterDir, 'audit'), containerPath: nodeAuditDir },
        ],
      },
    ],
  };
}

async function answers(checkout: Checkout, engine: 'docker' | 'podman'): Promise<boolean> {
  if (!existsSync(checkout.kubeconfig)) return false;
  const get = ['exec', `${kindName(checkout)}-control-plane`, 'kubectl', '--kubeconfig=/etc/kubernetes/admin.conf'];
  return await succeeds(engine, [...get, 'get', '--raw', '/readyz']);
}

async function kind(engine: 'docker' | 'podman', args: readonly string[]): Promise<string> {
  const env = engine === 'podman' ? { KIND_EXPERIMENTAL_PROVIDER: 'podman' } : {};
  return await run(await kindProgram(), args, { env });
}

/** The kind on PATH, else one built by Go into the cache. */
async function kindProgram(): Promise<string> {
  const installed = findCommand('kind');
  if (installed) return installed;
  const dir = await cached('kind', cacheKey({ version: kindVersion, arch: process.arch }), async (target) => {
    await requireGo();
    await step(`compile kind ${kindVersion}`, async () =>
      run('go', ['install', `sigs.k8s.io/kind@${kindVersion}`], { env: { GOBIN: target, CGO_ENABLED: '0' } }),
    );
  });
  return join(dir, 'kind');
}
