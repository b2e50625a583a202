import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { DriverError } from './protocol.ts';

export interface LangGraphServer {
  readonly url: string;
  /** Is settled, by a failure, when the server ends. */
  readonly ended: Promise<never>;
}

/** Runs `program`, which is LangGraph's server; it ends with this process. @throws DriverError when it ends before it is ready */
export async function startLangGraph(program: string): Promise<LangGraphServer> {
  const child = spawn(process.execPath, [program], {
    cwd: tmpdir(), // It writes its state to its working folder.
    // Its log is no part of the protocol.
    stdio: ['ignore', 2, 2, 'ipc'],
  });
  const ended = new Promise<never>((_, reject) => {
    child.on('error', (error) => reject(new DriverError('agent', `LangGraph's server cannot run: ${error.message}`)));
    child.on('exit', (code, signal) =>
      reject(new DriverError('agent', `LangGraph's server ended (${signal ?? `exit code ${code}`})`)),
    );
  });
  ended.catch(() => {}); // It may end when nobody waits for it any more.
  const url = new Promise<string>((resolve) => {
    child.once('message', (message: { url: string }) => resolve(message.url));
  });
  return { url: await Promise.race([url, ended]), ended };
}
