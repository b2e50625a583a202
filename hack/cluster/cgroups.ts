import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What the kubelet asks of the root that it is given, as far as the machine has it. */
const kubeletControllers = ['cpu', 'cpuset', 'hugetlb', 'io', 'memory', 'pids'];

/** The kubelet's `cgroupRoot` for a checkout; all cgroups of its Pods lie below it. */
export function cgroupRoot(checkoutId: string): string {
  return `/rune-${checkoutId}`;
}

/** Makes the root in every hierarchy, with every controller that the kubelet asks for. */
export async function makeCgroups(checkoutId: string): Promise<void> {
  for (const mount of await cgroupMounts()) {
    const dir = join(mount, cgroupRoot(checkoutId));
    await mkdir(dir, { recursive: true });
    // cgroup v2: a child has only the controllers that its parent hands down.
    if (existsSync(join(mount, 'cgroup.controllers'))) for (const level of [mount, dir]) await handDown(level);
  }
}

async function handDown(dir: string): Promise<void> {
  const has = async (file: string) => (await readFile(join(dir, file), 'utf8')).split(/\s+/);
  const [available, present] = [await has('cgroup.controllers'), await has('cgroup.subtree_control')];
  for (const controller of kubeletControllers) {
    if (!available.includes(controller) || present.includes(controller)) continue;
    await writeFile(join(dir, 'cgroup.subtree_control'), `+${controller}`);
  }
}

/** Removes the root with all below it, in every hierarchy. No process may be left in them. */
export async function removeCgroups(checkoutId: string): Promise<void> {
  for (const mount of await cgroupMounts()) await removeTree(join(mount, cgroupRoot(checkoutId)));
}

async function removeTree(dir: string): Promise<void> {
  if (!existsSync(dir)) return;
  const entries = await readdir(dir, { withFileTypes: true });
  for (const entry of entries) if (entry.isDirectory()) await removeTree(join(dir, entry.name));
  await rmdir(dir);
}

async function cgroupMounts(): Promise<string[]> {
  return parseCgroupMounts(await readFile('/proc/self/mountinfo', 'utf8'));
}

/** Mount points of all cgroup hierarchies, v1 and v2, from the text of /proc/self/mountinfo (see proc(5)). */
export function parseCgroupMounts(mountinfo: string): string[] {
  return mountinfo.split('\n').flatMap((line) => {
    const [before = '', after = ''] = line.split(' - ');
    return /^cgroup2? /.test(after) ? (before.split(' ')[4] ?? []) : [];
  });
}
