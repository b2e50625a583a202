import { ApiError, badField } from './api-error.ts';

export type Role = 'system' | 'user' | 'assistant';
export interface Message {
  role: Role;
  content: string;
}

export interface ChatRequest {
  model: string;
  messages: Message[];
  stream: boolean;
  /** True when the client asked for a last chunk that holds the usage. */
  includeUsage: boolean;
  /** 0 is greedy, and also the default: the same question then gives the same answer. */
  temperature: number;
  topP: number;
  seed: number | undefined;
  /** Undefined when the client set no limit. */
  maxTokens: number | undefined;
  stop: string[];
}

type Fields = Record<string, unknown>;

/**
 * Reads a body of `POST /v1/chat/completions`.
 * What would change the answer but cannot be done here (tools, n, logprobs, response_format) is refused, not ignored.
 * @throws ApiError 400
 */
export function parseChatRequest(text: string): ChatRequest {
  const body = parseObject(text);
  if (typeof body['model'] !== 'string') throw badField('model', 'model must be a string');
  refuseUnsupported(body);
  const stream = optional(body, 'stream', isBoolean, 'a boolean') ?? false;
  const streamOptions = optional(body, 'stream_options', isFields, 'an object');
  if (streamOptions && !stream) throw badField('stream_options', 'stream_options is only allowed with stream: true');
  return {
    model: body['model'],
    messages: parseMessages(body['messages']),
    stream,
    includeUsage: streamOptions?.['include_usage'] === true,
    temperature: optional(body, 'temperature', between(0, 2), 'a number from 0 to 2') ?? 0,
    topP: optional(body, 'top_p', between(0, 1), 'a number from 0 to 1') ?? 1,
    seed: optional(body, 'seed', isInteger, 'an integer'),
    maxTokens: positive(body, 'max_completion_tokens') ?? positive(body, 'max_tokens'),
    stop: parseStop(body['stop']),
  };
}

function parseObject(text: string): Fields {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new ApiError(400, null, 'the body is not valid JSON');
  }
  if (!isFields(body)) throw new ApiError(400, null, 'the body must be a JSON object');
  return body;
}

function refuseUnsupported(body: Fields): void {
  const refuse = (param: string) => badField(param, `this model does not support ${param}`, 'unsupported_parameter');
  if (Array.isArray(body['tools']) && body['tools'].length > 0) throw refuse('tools');
  if (body['n'] !== undefined && body['n'] !== null && body['n'] !== 1) throw refuse('n');
  if (body['logprobs'] === true) throw refuse('logprobs');
  const format = body['response_format'];
  if (isFields(format) && format['type'] !== 'text') throw refuse('response_format');
}

function parseMessages(value: unknown): Message[] {
  if (!Array.isArray(value) || value.length === 0) throw badField('messages', 'messages must be a non-empty array');
  return value.map((message: unknown, index) => parseMessage(message, `messages[${index}]`));
}

function parseMessage(value: unknown, param: string): Message {
  if (!isFields(value)) throw badField(param, `${param} must be an object`);
  return {
    role: parseRole(value['role'], `${param}.role`),
    content: parseContent(value['content'], `${param}.content`),
  };
}

function parseRole(role: unknown, param: string): Role {
  if (role === 'developer') return 'system';
  if (role === 'system' || role === 'user' || role === 'assistant') return role;
  throw badField(param, `${param} must be system, developer, user or assistant`);
}

function parseContent(content: unknown, param: string): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) throw badField(param, `${param} must be a string or an array of text parts`);
  return content.map((part: unknown) => parseTextPart(part, param)).join('');
}

function parseTextPart(part: unknown, param: string): string {
  if (isFields(part) && part['type'] === 'text' && typeof part['text'] === 'string') return part['text'];
  throw badField(param, `${param} holds a part that is not text; this model reads only text`);
}

function parseStop(value: unknown): string[] {
  if (value === undefined || value === null) return [];
  const stops: unknown[] = Array.isArray(value) ? value : [value];
  if (stops.length > 4 || !stops.every((stop) => typeof stop === 'string' && stop !== '')) {
    throw badField('stop', 'stop must be a non-empty string or up to 4 of them');
  }
  return stops as string[];
}

function positive(body: Fields, name: string): number | undefined {
  return optional(body, name, (value): value is number => isInteger(value) && value > 0, 'a positive integer');
}

function optional<T>(body: Fields, name: string, is: (value: unknown) => value is T, what: string): T | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  if (!is(value)) throw badField(name, `${name} must be ${what}`);
  return value;
}

function between(low: number, high: number) {
  return (value: unknown): value is number => typeof value === 'number' && value >= low && value <= high;
}

function isInteger(value: unknown): value is number {
  return Number.isInteger(value);
}

function isBoolean(value: unknown): value is boolean {
  return typeof value === 'boolean';
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
