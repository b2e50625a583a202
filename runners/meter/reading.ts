import type { Tokens } from './call.ts';

/** What one event of a stream, or a whole answer, says; the same for all wire formats. */
export type Reading = {
  /** Whether it has the shape that its wire format promises. */
  recognized: boolean;
  /** Characters that the model wrote: text, reasoning, arguments of tool calls. */
  characters: number;
  /** Tool calls named here. A call is counted once for each key. */
  toolCalls: { key?: string; name: string }[];
  model?: string | undefined;
  /** The model says that it is done. */
  finished: boolean;
  /** Nothing follows it in a stream. */
  ended?: boolean;
  /** Totals so far, where the server reports them; a missing number is to be estimated. */
  tokens?: Partial<Tokens> | undefined;
  /** An error that came in place of, or amid, an answer. */
  error?: BackendError | undefined;
  /** Holds usage and nothing else: an OpenAI client that did not ask for it does not expect it. */
  usageOnly: boolean;
};

export type BackendError = { message: string; isRateLimit: boolean };

export type Reader = (event: unknown) => Reading;

export const EMPTY_READING: Reading = {
  recognized: false,
  characters: 0,
  toolCalls: [],
  finished: false,
  usageOnly: false,
};

export type JSONObject = { [key: string]: unknown };

export function isObject(value: unknown): value is JSONObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function objects(value: unknown): JSONObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

export function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The text of a message's `content`: a string, or a list of parts, of which those of text are joined. */
export function contentText(content: unknown): string {
  if (typeof content === 'string') return content;
  return objects(content)
    .map((part) => text(part['text']))
    .join('');
}

/** A count of tokens, or undefined for what cannot be one: servers are not trusted to send whole numbers. */
export function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

/** The object without its undefined fields. */
export function defined<T extends object>(value: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as T;
}

/** The error that an event, or an answer with a status of success, holds. */
export function backendError(body: JSONObject): BackendError {
  const error = isObject(body['error']) ? body['error'] : body;
  const isRateLimit = [error['code'], error['type'], error['status']].some((value) =>
    /^(429$|rate_limit)/.test(`${value}`),
  );
  return { message: errorMessage(body) ?? '', isRateLimit };
}

/** The message in the error bodies of common servers: `{error: {message}}`, `{error}`, `{message}`, `{detail}`. */
export function errorMessage(body: JSONObject): string | undefined {
  const error = body['error'];
  const message = isObject(error) ? error['message'] : (error ?? body['message'] ?? body['detail']);
  if (typeof message === 'string') return message;
  return error === undefined || error === null ? undefined : 'an error without a message';
}
