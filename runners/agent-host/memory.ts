import { readFileSync } from 'node:fs';

/** How often a process of this control group was killed for memory. Undefined where that cannot be read. */
export function oomKills(read = readCgroupFile): number | undefined {
  const events = read('memory.events') ?? read('memory/memory.oom_control');
  const count = events?.match(/^oom_kill (\d+)$/m)?.[1];
  return count === undefined ? undefined : Number(count);
}

/** A sentence, when processes were killed for memory since `before`. */
export function outOfMemory(before: number | undefined, read = readCgroupFile): string | undefined {
  const now = oomKills(read);
  if (before === undefined || now === undefined || now <= before) return undefined;
  const limit = memoryLimit(read);
  const bound =
    limit === undefined ? 'the limit of the container or of the node' : `the container's limit of ${limit} MiB`;
  return `a process of the agent was killed because memory reached ${bound}`;
}

/** In MiB. */
function memoryLimit(read: typeof readCgroupFile): number | undefined {
  const limit = Number(read('memory.max') ?? read('memory/memory.limit_in_bytes'));
  // "max", or the largest number that the kernel knows, is no limit.
  return Number.isFinite(limit) && limit < 2 ** 60 ? Math.round(limit / 2 ** 20) : undefined;
}

/** In a container its own control group is mounted here. */
function readCgroupFile(name: string): string | undefined {
  try {
    return readFileSync(`/sys/fs/cgroup/${name}`, 'utf8');
  } catch {
    return undefined;
  }
}
