import type { JobFile } from '../../crds/job-file.ts';
import { contentText, isObject, type JSONObject, objects, text } from '../meter/reading.ts';
import { answerJSON } from './answer-json.ts';
import { AnswerText } from './answer-text.ts';
import type { Ask } from './ask.ts';
import { type ModelOptions, messages, modelOptions } from './model-options.ts';
import { post } from './post.ts';

/** Asks a model over OpenAI's `chat/completions` and gives its answer's text. Tries once. */
export async function askOpenAI(job: JobFile, { prompt, context, meterURL, signal }: Ask): Promise<string> {
  const options = modelOptions(job);
  const body = {
    model: job.model.name,
    messages: messages(options.systemPrompt, prompt, context),
    stream: options.stream,
    ...(options.stream && { stream_options: { include_usage: true } }),
    temperature: options.temperature,
    top_p: options.topP,
    ...maxTokens(options, job.backend.url),
    stop: options.stop,
    seed: job.seed,
  };
  const answer = await post(`${meterURL}/v1/chat/completions`, body, signal);
  const content = new AnswerText();
  const refusal = new AnswerText();
  for await (const event of answerJSON(answer)) {
    const message = messageOf(event);
    content.add(contentText(message['content']));
    refusal.add(text(message['refusal']));
  }
  // A model that refuses says why in place of the content.
  return `${content}` || `${refusal}`;
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
function messageOf(event: unknown): JSONObject {
  const choices = isObject(event) ? objects(event['choices']) : [];
  const choice = choices.find(({ index }) => (index ?? 0) === 0);
  const message = choice?.['delta'] ?? choice?.['message'];
  return isObject(message) ? message : {};
}
