/** One request for an answer, whichever wire it came over. */
export interface Ask {
  model: string;
  messages: readonly AskMessage[];
  stream: boolean;
  includeUsage: boolean;
  maxTokens: number | undefined;
}

export interface AskMessage {
  role: string;
  text: string;
  callsTools: boolean;
}

/** The request's body is not what the wire prescribes; the message says what is wrong. */
export class InvalidRequest extends Error {
  override name = 'InvalidRequest';
}

type Fields = Record<string, unknown>;

export function readOpenaiAsk(body: string): Ask {
  const fields = parse(body);
  const stream = fields['stream'] === true;
  const options = isFields(fields['stream_options']) ? fields['stream_options'] : {};
  return {
    model: modelOf(fields),
    messages: messagesOf(fields),
    stream,
    includeUsage: stream && options['include_usage'] === true,
    maxTokens: numberOf(fields['max_completion_tokens']) ?? numberOf(fields['max_tokens']),
  };
}

/** Ollama streams unless told not to, and always sends its counts. */
export function readOllamaChat(body: string): Ask {
  const fields = parse(body);
  return { ...ollamaCommon(fields), messages: messagesOf(fields) };
}

export function readOllamaGenerate(body: string): Ask {
  const fields = parse(body);
  if (typeof fields['prompt'] !== 'string') throw new InvalidRequest('prompt must be a string');
  const user = { role: 'user', text: fields['prompt'], callsTools: false };
  const system = typeof fields['system'] === 'string' ? [{ role: 'system', text: fields['system'] }] : [];
  return {
    ...ollamaCommon(fields),
    messages: [...system.map((message) => ({ ...message, callsTools: false })), user],
  };
}

function ollamaCommon(fields: Fields) {
  const options = isFields(fields['options']) ? fields['options'] : {};
  const limit = numberOf(options['num_predict']);
  return {
    model: modelOf(fields),
    stream: fields['stream'] !== false,
    includeUsage: true,
    maxTokens: limit !== undefined && limit > 0 ? limit : undefined,
  };
}

function parse(body: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new InvalidRequest('the body is not valid JSON');
  }
  if (!isFields(value)) throw new InvalidRequest('the body must be a JSON object');
  return value;
}

function modelOf(fields: Fields): string {
  if (typeof fields['model'] !== 'string') throw new InvalidRequest('model must be a string');
  return fields['model'];
}

function messagesOf(fields: Fields): AskMessage[] {
  const messages = fields['messages'];
  if (!Array.isArray(messages) || messages.length === 0) throw new InvalidRequest('messages must be a non-empty array');
  return messages.map((message: unknown) => {
    if (!isFields(message) || typeof message['role'] !== 'string') throw new InvalidRequest('a message needs a role');
    const calls = message['tool_calls'];
    return {
      role: message['role'],
      text: textOf(message['content']),
      callsTools: Array.isArray(calls) && calls.length > 0,
    };
  });
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((part: unknown) => (isFields(part) ? textOf(part['text']) : '')).join('');
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
