import { isObject, text } from '../meter/reading.ts';
import type { Ask } from './ask.ts';
import { messages, modelOptions } from './model-options.ts';
import { post, readJSON } from './post.ts';

/** Asks a model over Ollama's `/api/chat` and gives its answer's text. Tries once. */
export async function askOllama({ job, prompt, meterURL, signal }: Ask): Promise<string> {
  const { temperature, topP, maxTokens, stop, stream, systemPrompt } = modelOptions(job);
  const body = {
    model: job.model.name,
    messages: messages(systemPrompt, prompt),
    // Ollama streams unless told not to.
    stream,
    // Without num_ctx Ollama cuts prompts to its own default, silently.
    options: {
      temperature,
      top_p: topP,
      num_predict: maxTokens,
      num_ctx: job.model.contextWindow,
      stop,
      seed: job.seed,
    },
  };
  const answer = await post(`${meterURL}/api/chat`, body, signal);
  if (!stream) return contentOf(await readJSON(answer));
  let content = '';
  let unfinished = '';
  answer.setEncoding('utf8');
  for await (const chunk of answer as AsyncIterable<string>) {
    const lines = (unfinished + chunk).split('\n');
    unfinished = lines.pop() ?? '';
    for (const line of lines) content += contentOfLine(line);
  }
  return content + contentOfLine(unfinished);
}

function contentOfLine(line: string): string {
  return line.trim() === '' ? '' : contentOf(JSON.parse(line));
}

function contentOf(event: unknown): string {
  return isObject(event) && isObject(event['message']) ? text(event['message']['content']) : '';
}
