import { expect, test } from 'vitest';
import { parseCgroupMounts } from './cgroups.ts';

test('finds the hierarchies of cgroup v1 and v2, and nothing else', () => {
  const mountinfo = `22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
25 24 0:23 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
26 25 0:24 / /sys/fs/cgroup/memory rw,relatime shared:5 - cgroup cgroup rw,memory
27 25 0:25 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
`;
  expect(parseCgroupMounts(mountinfo)).toEqual(['/sys/fs/cgroup/memory', '/sys/fs/cgroup/unified']);
});
