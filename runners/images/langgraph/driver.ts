/** Makes a LangGraph agent answer. Called as `driver PROGRAM`, where the program is LangGraph's server with the graph. */
import { startLangGraph } from './langgraph-server.ts';
import { type Options, optionsSchema, readOptions } from './options.ts';
import manifest from './package.json' with { type: 'json' };
import { type AskParams, answerOneRequest, type Result, type Tell } from './protocol.ts';
import { run } from './run.ts';
import type { RunSettings } from './server/settings.ts';

/** A longer context is not put before the model whole: it has tools to look things up in it. */
const wholeContextCharacters = 16_384;

const agentVersion = manifest.dependencies['@langchain/langgraph'];

await answerOneRequest({ info, ask });
process.exit();

async function info(): Promise<object> {
  return { driver: 'rune-langgraph 1', agent_version: agentVersion, options: optionsSchema };
}

async function ask(params: AskParams, tell: Tell): Promise<Result> {
  const options = readOptions(params.options);
  const began = performance.now();
  const server = await startLangGraph(serverProgram());
  tell('log', { message: `LangGraph's server was ready after ${Math.round(performance.now() - began)} ms` });
  const { answer, usage } = await run(
    server,
    {
      assistant_id: 'agent',
      input: { messages: [{ role: 'user', content: prompt(params) }] },
      stream_mode: ['updates'],
      // LangGraph counts the turns of the model and those of the tools.
      config: { recursion_limit: 2 * options.maxSteps, configurable: { rune: settings(params, options) } },
    },
    tell,
  );
  return { answer, usage, agent_version: agentVersion };
}

function prompt({ question, context }: AskParams): string {
  if (context === undefined) return question;
  if (context.length <= wholeContextCharacters) return `${question}\n\nContext:\n${context}`;
  const start = context.slice(0, wholeContextCharacters);
  return `${question}\n\nThe beginning of the context; search_context and read_context look at all of it:\n${start}`;
}

function settings(params: AskParams, { systemPrompt, temperature, tools }: Options): RunSettings {
  const { model, base_url, backend_type, seed, context, artifacts_dir, deadline_seconds } = params;
  return {
    model,
    // Ollama speaks OpenAI's wire too, below /v1.
    baseURL: backend_type === 'ollama' ? `${base_url}/v1` : base_url,
    systemPrompt,
    tools,
    artifactsDir: artifacts_dir,
    // The deadline comes first, so that the meter and not this says what a call that hangs means.
    timeoutMilliseconds: deadline_seconds * 1000,
    ...(temperature === undefined ? {} : { temperature }),
    ...(seed === undefined ? {} : { seed }),
    ...(context === undefined ? {} : { context }),
  };
}

function serverProgram(): string {
  const program = process.argv[2];
  if (program === undefined) throw new Error("the driver needs the path of LangGraph's server as its argument");
  return program;
}
