import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { PROTOCOL } from '../protocol/limits.ts';
import type { StartedServer } from './start-host.ts';
import { UntestableError } from './untestable.ts';

const run = promisify(execFile);
const START_SECONDS = 120;
const POLL_MILLISECONDS = 200;

/** Runs an image as a Pod would: its own user, a read-only root, loopback shared. Throws an UntestableError without an engine. */
export async function startImage(image: string): Promise<StartedServer> {
  const engine = (await answers('docker', 'version'))
    ? 'docker'
    : (await answers('podman', 'info'))
      ? 'podman'
      : undefined;
  if (!engine)
    throw new UntestableError(
      `an image needs docker or podman, and neither answers here; a command or a URL can be tested without: ${image}`,
    );
  const writable = ['/artifacts', '/home/agent', '/tmp'].flatMap((path) => ['--tmpfs', `${path}:mode=1777`]);
  const user = ['--user', '65533:65533', '--env', 'HOME=/home/agent', '--env', 'TMPDIR=/tmp'];
  const bounds = ['--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges', '--network', 'host'];
  const { stdout } = await run(engine, ['run', '--detach', '--rm', ...bounds, ...user, ...writable, image]);
  const container = stdout.trim();
  const stop = async () => void (await run(engine, ['rm', '--force', container]).catch(() => undefined));
  const url = `http://127.0.0.1:${PROTOCOL.port}`;
  for (let waited = 0; !(await isReady(url)); waited += POLL_MILLISECONDS) {
    if (waited < START_SECONDS * 1000) await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS));
    else {
      await stop();
      throw new UntestableError(`the container of ${image} does not answer ${url}/v1/info after ${START_SECONDS} s`);
    }
  }
  return { url, stop };
}

async function answers(program: string, command: string): Promise<boolean> {
  return await run(program, [command]).then(
    () => true,
    () => false,
  );
}

async function isReady(url: string): Promise<boolean> {
  return await fetch(`${url}/v1/info`).then(
    ({ ok }) => ok,
    () => false,
  );
}
