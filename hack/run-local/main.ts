/** `make run-local`: puts one question to one agent on this machine, without a cluster. Exits with 0 when it was passed or answered, with 1 when not, with 2 when it was called wrongly. */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { readTarget } from '../../runners/conformance/target.ts';
import { loadManifests } from '../../runners/local/load.ts';
import { type Driver, runLocal } from '../../runners/local/run-local.ts';
import { UsageError } from '../../runners/local/usage-error.ts';
import { eventLine, exitCode, resultText } from './view.ts';

type Options = { agent?: string; backend?: string; driver?: string; apiKeyFile?: string };

const program = new Command('run-local')
  .description('Puts the question of a RuneJob to its agent on this machine, without a cluster.')
  .argument('<job>', 'YAML file with a RuneJob; its agent and backend may stand in it, too')
  .option('--agent <file>', 'YAML file with the RuneAgent')
  .option('--backend <file>', 'YAML file with the RuneBackend')
  .option('--driver <command|url>', 'for an agent in a container: its driver, or a server of the http form')
  .option('--api-key-file <file>', "file with the backend's key; else the environment variable RUNE_API_KEY")
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
  .parse();

const cancel = new AbortController();
const kill = new AbortController();
// A terminal that is closed must not leave the driver, and the file with the key, either.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => (cancel.signal.aborted ? kill : cancel).abort());
}

try {
  process.exitCode = await main(program.args[0] ?? '', program.opts<Options>());
} catch (error) {
  console.error(`run-local: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

async function main(job: string, options: Options): Promise<number> {
  const files = [job, options.agent, options.backend].filter((file) => file !== undefined);
  const driver = options.driver === undefined ? {} : { driver: driverOf(options.driver) };
  const key = options.apiKeyFile === undefined ? process.env['RUNE_API_KEY'] : readKey(options.apiKeyFile);
  let answer: string | undefined;
  const report = await runLocal({
    ...loadManifests([...new Set(files)]),
    ...driver,
    ...(key ? { apiKey: key } : {}),
    environment: process.env,
    onEvent: (event) => {
      if (event['type'] === 'result' && typeof event['answer'] === 'string') answer = event['answer'];
      const line = eventLine(event);
      if (line !== undefined) console.error(line);
    },
    signal: cancel.signal,
    kill: kill.signal,
  });
  console.log(resultText(report, answer));
  return exitCode(report);
}

function driverOf(text: string): Driver {
  const target = readTarget(text, process.cwd(), process.env['PATH'] ?? '');
  if (target.type === 'image')
    throw new UsageError(`--driver: there is no program ${text}, and an image needs a cluster`);
  return target;
}

function readKey(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    throw new UsageError(`${file}: it cannot be read`);
  }
}
