import { arch } from 'node:os';
import { join } from 'node:path';
import { cached, cacheKey, hashFiles } from '../../cluster/cache.ts';
import { run } from '../../cluster/command.ts';
import { requireGo } from '../../cluster/needs.ts';
import { say, step } from '../../cluster/progress.ts';

const moduleDir = join(import.meta.dirname, 'kwok');
const program = 'sigs.k8s.io/kwok/cmd/kwok';

/** Path of `kwok`, which plays nodes; built from its Go module when it is not cached. */
export async function kwokPath(): Promise<string> {
  const key = cacheKey({
    source: await hashFiles(moduleDir, ['go.mod', 'go.sum']),
    platform: `${process.platform}/${arch()}`,
  });
  return join(await cached('kwok', key, build), 'kwok');
}

async function build(dir: string): Promise<void> {
  await requireGo();
  const args = ['build', '-trimpath', '-buildvcs=false', '-ldflags', '-s -w', '-o', join(dir, 'kwok'), program];
  const env = { CGO_ENABLED: '0', GOFLAGS: '-mod=readonly', GOWORK: 'off' };
  say('  KWOK, which plays nodes, is compiled once into the cache; that takes 1 to 3 minutes');
  await step('compile KWOK', async () => run('go', args, { cwd: moduleDir, env }));
}
