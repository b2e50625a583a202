import type { Metered } from './endpoint.ts';
import { parseJSON } from './parse-json.ts';
import { isObject, type JSONObject } from './reading.ts';

export type RequestBody = {
  /** What is sent to the backend. */
  bytes: Buffer;
  streamed: boolean;
  /** Usage was asked for by the meter and not by the agent, so the agent must not see the chunk that holds it. */
  hidesUsage: boolean;
  /** The model that is asked for; more than one where servers differ in which field they read, none where the request names none. */
  models: string[];
  /** Characters of text in the prompt, for an estimate. */
  characters: number;
};

const PROMPT_FIELDS = ['messages', 'prompt', 'input', 'instructions', 'system', 'tools'];

/**
 * Reads what the meter must know of a request. Undefined for what is no JSON object, or too large or deep
 * for one: servers take some of that, such as NaN, UTF-16, or what comes before rubbish, and read another model in it.
 */
export function readRequestBody(bytes: Buffer, metered: Metered): RequestBody | undefined {
  const body = parse(bytes);
  if (body === undefined) return undefined;
  const streamed = (body['stream'] ?? metered.streamsByDefault) === true;
  const hidesUsage = streamed && metered.usageOnRequest && !asksForUsage(body);
  const sent = hidesUsage ? withUsageAsked(bytes, body) : bytes;
  if (sent === undefined) return undefined;
  return {
    bytes: sent,
    streamed,
    hidesUsage,
    models: modelsIn(body),
    characters: PROMPT_FIELDS.reduce((sum, field) => sum + textLength(body[field]), 0),
  };
}

function parse(bytes: Buffer): JSONObject | undefined {
  try {
    const body = parseJSON(bytes.toString('utf8'));
    return isObject(body) ? body : undefined;
  } catch {
    return undefined;
  }
}

/** Ollama, as most servers in Go, takes no notice of case in the names of fields. */
function modelsIn(body: JSONObject): string[] {
  return Object.entries(body).flatMap(([name, value]) =>
    name.toLowerCase() === 'model' && typeof value === 'string' ? [value] : [],
  );
}

function asksForUsage(body: JSONObject): boolean {
  return isObject(body['stream_options']) && body['stream_options']['include_usage'] === true;
}

/** Undefined for what is nested so deeply that it cannot be written again. */
function withUsageAsked(bytes: Buffer, body: JSONObject): Buffer | undefined {
  const given = body['stream_options'];
  if (given !== undefined) {
    const options = { ...(isObject(given) ? given : {}), include_usage: true };
    try {
      return Buffer.from(JSON.stringify({ ...body, stream_options: options }));
    } catch {
      return undefined;
    }
  }
  // Spliced in, since parsing and printing would change numbers that JavaScript cannot hold.
  const inside = bytes.indexOf('{') + 1;
  const option = Buffer.from('"stream_options":{"include_usage":true},');
  return Buffer.concat([bytes.subarray(0, inside), option, bytes.subarray(inside)]);
}

/** Characters of all strings within, images and other data URLs aside; however deep they lie. */
function textLength(value: unknown): number {
  let length = 0;
  const left = [value];
  while (left.length > 0) {
    const one = left.pop();
    if (typeof one === 'string') length += one.startsWith('data:') ? 0 : one.length;
    else if (Array.isArray(one)) for (const item of one) left.push(item);
    else if (isObject(one)) for (const [key, item] of Object.entries(one)) if (key !== 'images') left.push(item);
  }
  return length;
}
