import type { JobFile } from '../../crds/job-file.ts';
import { isObject, text } from '../meter/reading.ts';
import { answerJSON } from './answer-json.ts';
import { AnswerText } from './answer-text.ts';
import type { Ask } from './ask.ts';
import { messages, modelOptions } from './model-options.ts';
import { post } from './post.ts';

/** Asks a model over Ollama's `/api/chat` and gives its answer's text. Tries once. */
export async function askOllama(job: JobFile, { prompt, context, meterURL, signal }: Ask): Promise<string> {
  const { temperature, topP, maxTokens, stop, stream, systemPrompt } = modelOptions(job);
  const body = {
    model: job.model.name,
    messages: messages(systemPrompt, prompt, context),
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
  const content = new AnswerText();
  for await (const event of answerJSON(answer)) {
    if (!isObject(event)) continue;
    if (isObject(event['message'])) content.add(text(event['message']['content']));
    if (event['done'] === true) break;
  }
  return `${content}`;
}
