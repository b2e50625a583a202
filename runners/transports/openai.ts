import { createParser } from 'eventsource-parser';
import { isObject, objects, text } from '../meter/reading.ts';
import type { Ask } from './ask.ts';
import { type ModelOptions, messages, modelOptions } from './model-options.ts';
import { post, readJSON } from './post.ts';

/** Asks a model over OpenAI's `chat/completions` and gives its answer's text. Tries once. */
export async function askOpenAI({ job, prompt, meterURL, signal }: Ask): Promise<string> {
  const options = modelOptions(job);
  const body = {
    model: job.model.name,
    messages: messages(options.systemPrompt, prompt),
    stream: options.stream,
    ...(options.stream && { stream_options: { include_usage: true } }),
    temperature: options.temperature,
    top_p: options.topP,
    ...maxTokens(options, job.backend.url),
    stop: options.stop,
    seed: job.seed,
  };
  const answer = await post(`${meterURL}/v1/chat/completions`, body, signal);
  if (!(answer.headers['content-type'] ?? '').includes('event-stream'))
    return contentOf(await readJSON(answer), 'message');
  let content = '';
  const parser = createParser({
    onEvent({ data }) {
      if (data !== '' && data !== '[DONE]') content += contentOf(JSON.parse(data), 'delta');
    },
  });
  answer.setEncoding('utf8');
  for await (const chunk of answer as AsyncIterable<string>) parser.feed(chunk);
  return content;
}

/**
 * OpenAI's own models refuse `max_tokens` since o1, and llama-cpp-python and others ignore or refuse
 * `max_completion_tokens`; vLLM, llama.cpp and Ollama all take `max_tokens`. So OpenAI's hosts get the new name only.
 */
function maxTokens({ maxTokens }: ModelOptions, backendURL: string): { [field: string]: number } {
  if (maxTokens === undefined) return {};
  const isOpenAI = /(^|\.)(api\.openai\.com|openai\.azure\.com)$/.test(new URL(backendURL).hostname);
  return { [isOpenAI ? 'max_completion_tokens' : 'max_tokens']: maxTokens };
}

/** Of the first choice: no other was asked for. */
function contentOf(event: unknown, part: 'message' | 'delta'): string {
  const choice = isObject(event) ? objects(event['choices'])[0] : undefined;
  return isObject(choice?.[part]) ? text(choice[part]['content']) : '';
}
