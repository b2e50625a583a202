import { existsSync } from 'node:fs';
import { readFile, symlink } from 'node:fs/promises';
import { arch } from 'node:os';
import { join } from 'node:path';
import { cached, cacheKey, cachePath, hashFiles } from './cache.ts';
import { findCommand, run } from './command.ts';
import { requireGo } from './needs.ts';
import { say, step } from './progress.ts';

const moduleDir = join(import.meta.dirname, 'kube');
const goTags = 'providerless dockerless';
/** Each is a symlink to the one program. */
const names = [
  'coredns',
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-proxy',
  'kube-scheduler',
  'kubectl',
  'kubelet',
];

/** The folder that holds the cluster's programs by name, and `pause`; built from Go modules when it is not cached. */
export async function kubeBinDir(): Promise<string> {
  const key = await kubeBinaryKey();
  return join(await cached('kube', key, async (dir) => build(join(dir, 'bin'))), 'bin');
}

/** Changes with the module, its versions and how it is built. */
export async function kubeBinaryKey(): Promise<string> {
  return cacheKey({
    source: await hashFiles(moduleDir, ['go.mod', 'go.sum', 'main.go', 'parent.go', 'pause/main.go']),
    tags: goTags,
    platform: `${process.platform}/${arch()}`,
  });
}

/** A kubectl that fits the cluster: the cached one, else the one on PATH, else it is built. */
export async function kubectlPath(): Promise<string> {
  const built = join(cachePath('kube', await kubeBinaryKey()), 'bin', 'kubectl');
  if (existsSync(built)) return built;
  return findCommand('kubectl') ?? join(await kubeBinDir(), 'kubectl');
}

async function build(binDir: string): Promise<void> {
  await requireGo();
  const version = kubernetesVersion(await readFile(join(moduleDir, 'go.mod'), 'utf8'));
  const stamp = Object.entries({ gitVersion: version, gitMajor: '1', gitMinor: version.split('.')[1] ?? '' })
    .map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`)
    .join(' ');
  // No stamp of a version control: git refuses to answer in a checkout of another user.
  const args = [
    'build',
    '-trimpath',
    '-buildvcs=false',
    '-tags',
    goTags,
    '-ldflags',
    `-s -w ${stamp} ${treeState}`,
    '-o',
    `${binDir}/`,
  ];
  const env = { CGO_ENABLED: '0', GOFLAGS: '-mod=readonly', GOWORK: 'off' };
  say(`  Kubernetes ${version} is compiled once into the cache; with nothing cached that takes 6 to 10 minutes`);
  await step(`compile Kubernetes ${version}, etcd and CoreDNS`, async () =>
    run('go', [...args, '.', './pause'], { cwd: moduleDir, env }),
  );
  for (const name of names) await symlink('kube', join(binDir, name));
  await symlink('pause', join(binDir, 'node-init'));
}

const treeState = '-X k8s.io/component-base/version.gitTreeState=clean';

/** The version of k8s.io/kubernetes that a go.mod requires. */
export function kubernetesVersion(goMod: string): string {
  const version = /^\s*k8s\.io\/kubernetes (v\S+)$/m.exec(goMod)?.[1];
  if (!version) throw new Error('hack/cluster/kube/go.mod does not require k8s.io/kubernetes');
  return version;
}
