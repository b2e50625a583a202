import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { endChildren } from './children.ts';
import { run } from './command.ts';

const command = JSON.stringify(join(import.meta.dirname, 'command.ts'));
const children = JSON.stringify(join(import.meta.dirname, 'children.ts'));

/** The grandchild holds the output of the whole family open until it ends. */
const family = `run('sh', ['-c', 'sleep 600 & echo started >&2; wait'])`;

test('at its end a program ends its children and theirs, and waits for that', async () => {
  const program = `
    const { run } = await import(${command});
    const { endChildren } = await import(${children});
    const family = ${family}.catch((error) => console.log(error.message));
    await endChildren();
    await family;
    await run('true', []).catch((error) => console.log(error.message));`;
  expect(await run(process.execPath, ['--input-type=module', '--eval', program])).toMatch(
    /ended by SIGTERM.*true: not started, since this program is ending\n$/s,
  );
});

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s ends the children first', async (signal, code) => {
  const program = `
    const { run } = await import(${command});
    const { endChildrenOnSignals } = await import(${children});
    endChildrenOnSignals();
    ${family}.catch((error) => console.log(error.message));
    console.log('ready');`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
    if (text.includes('ready')) child.kill(signal);
  });
  expect(await once(child, 'close')).toEqual([code, null]);
  expect(said).toContain('ended by SIGTERM');
});

test('without children there is nothing to wait for', async () => {
  await expect(endChildren()).resolves.toBeUndefined();
});
