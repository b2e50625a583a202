/** Makes HolmesGPT answer: the stdio form of the driver protocol, see runners/PROTOCOL.md. */
import { failureOf } from './failure.ts';
import { askHolmes } from './holmes.ts';
import { optionsSchema, readOptions } from './options.ts';
import { type AskParams, answerOneRequest, type Result, type Tell } from './protocol.ts';
import { readResult } from './result.ts';

/** As requirements.txt pins it; HolmesGPT takes seconds to say so itself. */
const agentVersion = '0.45.0';

await answerOneRequest({ info, ask });

async function info(): Promise<object> {
  return { driver: 'rune-holmesgpt 1', agent_version: agentVersion, options: optionsSchema };
}

async function ask(params: AskParams, tell: Tell): Promise<Result> {
  const options = readOptions(params.options);
  const ending = await askHolmes(params, options, (line) => {
    const call = /^Running tool #\d+ (.+)$/.exec(line)?.[1];
    // Its result, from which tool calls are told, is written at the end only.
    if (call !== undefined) tell('progress', { message: `running ${call.trim()}` });
  });
  if (ending.exitCode !== 0 || ending.result === undefined) throw failureOf(ending);
  const { answer, usage, calls } = readResult(ending.result);
  for (const call of calls) tell('tool', call);
  return { answer, usage, agent_version: agentVersion };
}
