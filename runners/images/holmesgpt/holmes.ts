import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Options } from './options.ts';
import { type AskParams, DriverError } from './protocol.ts';

/** How HolmesGPT ended. */
export interface Ending {
  /** Undefined when a signal ended it. */
  readonly exitCode: number | undefined;
  /** What it wrote as its result; undefined when it wrote none. */
  readonly result: string | undefined;
  /** The end of its standard error. */
  readonly stderr: string;
}

const keptStderr = 64 * 1024;

/** What a job's options may switch on and off again. */
const toolsetDefaults: Readonly<Record<string, object>> = {
  // Nobody is there to approve a command, so only commands that read are run: the list that HolmesGPT has for containers.
  bash: { enabled: true, config: { builtin_allowlist: 'extended' } },
  // These call services outside of the cluster.
  connectivity_check: { enabled: false },
  internet: { enabled: false },
  notion: { enabled: false },
  robusta: { enabled: false },
  skills: { enabled: false },
};

/** Asks HolmesGPT once. `onLine` gets the lines of its standard output as they come. @throws DriverError when it is not there */
export async function askHolmes(params: AskParams, options: Options, onLine: (line: string) => void): Promise<Ending> {
  const file = (name: string) => join(tmpdir(), name);
  await writeFile(file('question.txt'), params.question);
  await writeFile(file('context.txt'), params.context ?? '');
  // It ignores a configuration that is not there, so this must not fail unseen.
  await writeFile(file('holmes.yaml'), JSON.stringify(configuration(options)));

  const child = spawn('env', [...environment(params, options), 'holmes', ...commandLine(params, options, file)], {
    stdio: ['ignore', 'pipe', 'pipe'], // What comes on its standard input would be added to the question.
  });
  createInterface({ input: child.stdout }).on('line', onLine);
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr = (stderr + chunk).slice(-keptStderr);
  });
  const exitCode = await new Promise<number | undefined>((resolve, reject) => {
    child.on('error', (error) => reject(new DriverError('agent', `HolmesGPT cannot be started: ${error.message}`)));
    child.on('close', (code) => resolve(code ?? undefined));
  });
  const result = await readFile(file('result.json'), 'utf8').catch(() => undefined);
  return { exitCode, result, stderr };
}

function commandLine({ model, namespace, context }: AskParams, { maxSteps }: Options, file: (name: string) => string) {
  return [
    'ask',
    `--prompt-file=${file('question.txt')}`,
    ...(context === undefined ? [] : [`--file=${file('context.txt')}`]),
    `--system-prompt-additions=The question is about the Kubernetes namespace ${namespace}.`,
    `--model=openai/${model}`,
    `--max-steps=${maxSteps}`,
    `--config=${file('holmes.yaml')}`,
    `--json-output-file=${file('result.json')}`,
    '--no-interactive',
    '--no-echo',
  ];
}

/** HolmesGPT's configuration file; JSON is YAML. */
function configuration({ toolsets }: Options): object {
  const chosen = Object.entries(toolsets).map(([name, enabled]) => [name, { ...toolsetDefaults[name], enabled }]);
  return { toolsets: { ...toolsetDefaults, ...Object.fromEntries(chosen) } };
}

/** As `env` takes it: what the image and the RuneAgent set stays. */
function environment({ base_url, backend_type, deadline_seconds }: AskParams, options: Options): string[] {
  const { temperature, contextWindow, maxOutputTokens } = options;
  const variables = {
    // Ollama speaks OpenAI's wire too, below /v1.
    OPENAI_API_BASE: backend_type === 'ollama' ? `${base_url}/v1` : base_url,
    OPENAI_API_KEY: 'unused',
    // Its own is ten minutes. It calls three times before it gives up.
    LLM_REQUEST_TIMEOUT: Math.max(1, Math.floor(deadline_seconds * 0.9)),
    HOLMES_TOOL_RESULT_STORAGE_PATH: join(tmpdir(), 'holmes'),
    LITELLM_LOCAL_MODEL_COST_MAP: 'True', // Else it fetches one.
    // It bounds the addresses that a tool reserves, of which kubectl needs more than its 800 MB now and then; the memory
    // itself is bounded by the container.
    TOOL_MEMORY_LIMIT_MB: 8192,
    PYTHONUNBUFFERED: 1, // So that its tool calls are seen as they happen.
    _TYPER_STANDARD_TRACEBACK: 1, // Else a failure is a drawing of 30 KB.
    TEMPERATURE: temperature,
    OVERRIDE_MAX_CONTENT_SIZE: contextWindow,
    OVERRIDE_MAX_OUTPUT_TOKEN: maxOutputTokens,
  };
  return Object.entries(variables).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]));
}
