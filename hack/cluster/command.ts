import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { isEnding, track } from './children.ts';

export interface CommandOptions {
  readonly cwd?: string;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Written to the command's standard input. */
  readonly input?: string;
  /** A file descriptor to read standard input from, instead of `input`. */
  readonly stdin?: number;
  /** The command is killed after this time. Default: no limit. */
  readonly timeoutSeconds?: number;
}

/** A command that could not be started, failed, or took too long; the message ends with what it last said. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

/** Debian keeps administration tools where the PATH of an ordinary user may not look. */
const searchPath = [process.env['PATH'] ?? '', '/usr/local/sbin', '/usr/sbin', '/sbin'].join(delimiter);

/**
 * Runs a command to its end, or to that of this process. @returns its standard output @throws CommandError
 */
export async function run(command: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const shown = [command, ...args].join(' ').slice(0, 300);
  if (isEnding()) throw new CommandError(`${shown}: not started, since this program is ending`);
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, PATH: searchPath, ...options.env },
    stdio: [options.stdin ?? 'pipe', 'pipe', 'pipe'],
    detached: true, // A process group of its own, so that what it starts can be ended with it.
    ...(options.timeoutSeconds ? { timeout: options.timeoutSeconds * 1000, killSignal: 'SIGKILL' } : {}),
  });
  track(child);
  const output: string[] = [];
  const said: string[] = [];
  child.stdout?.setEncoding('utf8').on('data', (text: string) => output.push(text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => said.push(text));
  child.stdin?.on('error', () => {}); // A command that ends without reading its input is judged by its exit code.
  child.stdin?.end(options.input ?? '');
  return await new Promise((resolve, reject) => {
    child.on('error', (cause) => reject(new CommandError(`${shown}: ${cause.message}`, { cause })));
    child.on('close', (code, signal) => {
      if (code === 0) return resolve(output.join(''));
      const last = (said.join('').trim() || output.join('').trim()).split('\n').slice(-15).join('\n');
      reject(new CommandError(`${shown}: ${signal ? `ended by ${signal}` : `exit code ${code}`}\n${last}`));
    });
  });
}

/** Whether a command runs and exits with 0. */
export async function succeeds(command: string, args: readonly string[], options: CommandOptions = {}) {
  return await run(command, args, { timeoutSeconds: 15, ...options }).then(
    () => true,
    () => false,
  );
}

/** The absolute path of a command, or undefined where there is none. */
export function findCommand(name: string): string | undefined {
  return searchPath
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find((path) => isExecutable(path));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
