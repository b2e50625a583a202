import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hashFiles } from '../cluster/cache.ts';
import { checkoutAt } from '../cluster/checkout.ts';
import { buildBaseImage } from './build.ts';
import { importedFiles } from './imported-files.ts';
import { nodeBaseImage } from './node-base.ts';

const program = 'runners/agent-host.ts';

/** The reference of the image that agents' Dockerfiles take as `ARG BASE`: Node with agent-host. Built when it is not there. */
export async function agentBaseImage(): Promise<string> {
  const { root } = checkoutAt();
  const files = await importedFiles(root, program);
  return await buildBaseImage({
    name: 'rune-agent-base',
    dockerfile: join(root, 'runners', 'images', 'base', 'Dockerfile'),
    base: await nodeBaseImage(),
    context: {
      key: await hashFiles(root, files),
      stage: async (dir) => {
        for (const file of files) await cp(join(root, file), join(dir, file));
        await writeFile(join(dir, 'package.json'), '{ "type": "module" }\n');
      },
    },
  });
}
