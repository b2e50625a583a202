import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { PROTOCOL } from '../protocol/limits.ts';

/** What agent-host serves, and where. Paths are absolute. */
export type HostConfig = {
  /** 0 takes any that is free. */
  port: number;
  /** Holds a folder for each question. */
  artifacts: string;
  /** Holds the private folders of questions. */
  scratch: string;
  command: Command;
  /** Of this process; drivers inherit it. */
  environment: NodeJS.ProcessEnv;
  /** Whether this is the first process of its PID namespace, so that all others in it are the driver's. */
  isInit: boolean;
};

export type Command = readonly [file: string, ...args: string[]];

/** Reads the command line. Throws an Error that says what is wrong with it. */
export function readConfig(args: string[]): HostConfig {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      port: { type: 'string', default: String(PROTOCOL.port) },
      artifacts: { type: 'string', default: '/artifacts' },
    },
  });
  const port = Number(values.port);
  if (!/^\d+$/.test(values.port) || port > 65535) throw new Error(`--port is ${values.port}, not from 0 to 65535`);
  const [file, ...rest] = positionals;
  if (!file) throw new Error('name the driver after --, as in: agent-host -- node driver.js');
  return {
    port,
    artifacts: resolve(values.artifacts),
    scratch: tmpdir(),
    // A driver is started in another folder than this one.
    command: [file.includes('/') ? resolve(file) : file, ...rest],
    environment: process.env,
    isInit: process.pid === 1,
  };
}
