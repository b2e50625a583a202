import { execFile } from 'node:child_process';

export interface Outcome {
  /** 0 when it went well; undefined when the program is not on this machine. */
  code: number | undefined;
  stdout: string;
  stderr: string;
}

/** Runs a program to its end without a shell; a failure is an outcome, not an exception. */
export function runCommand(program: string, args: readonly string[], cwd?: string): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(program, args, { cwd, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error?.code === 'ENOENT') return resolve({ code: undefined, stdout, stderr: `${program}: not found` });
      resolve({ code: error ? (typeof error.code === 'number' ? error.code : 1) : 0, stdout, stderr });
    });
  });
}
