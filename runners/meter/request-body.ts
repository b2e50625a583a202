import type { Metered } from './endpoint.ts';
import { isObject, type JSONObject } from './reading.ts';

export type RequestBody = {
  /** What is sent to the backend. */
  bytes: Buffer;
  streamed: boolean;
  /** Usage was asked for by the meter and not by the agent, so the agent must not see the chunk that holds it. */
  hidesUsage: boolean;
  /** The model that is asked for, where the request names one. */
  model?: string;
  /** Characters of text in the prompt, for an estimate. */
  characters: number;
};

const PROMPT_FIELDS = ['messages', 'prompt', 'input', 'instructions', 'system', 'tools'];

/** Reads what the meter must know of a request. What is not JSON goes to the backend as it is: it knows best how to refuse it. */
export function readRequestBody(bytes: Buffer, metered: Metered): RequestBody {
  const body = parse(bytes);
  const streamed = body === undefined ? false : (body['stream'] ?? metered.streamsByDefault) === true;
  const characters = PROMPT_FIELDS.reduce((sum, field) => sum + textLength(body?.[field]), 0);
  const model = typeof body?.['model'] === 'string' ? { model: body['model'] } : {};
  if (body === undefined || !streamed || !metered.usageOnRequest || asksForUsage(body)) {
    return { bytes, streamed, hidesUsage: false, characters, ...model };
  }
  return { bytes: withUsageAsked(bytes, body), streamed, hidesUsage: true, characters, ...model };
}

function parse(bytes: Buffer): JSONObject | undefined {
  try {
    const body: unknown = JSON.parse(bytes.toString('utf8'));
    return isObject(body) ? body : undefined;
  } catch {
    return undefined;
  }
}

function asksForUsage(body: JSONObject): boolean {
  return isObject(body['stream_options']) && body['stream_options']['include_usage'] === true;
}

function withUsageAsked(bytes: Buffer, body: JSONObject): Buffer {
  const given = body['stream_options'];
  if (given !== undefined) {
    const options = { ...(isObject(given) ? given : {}), include_usage: true };
    return Buffer.from(JSON.stringify({ ...body, stream_options: options }));
  }
  // Spliced in, since parsing and printing would change numbers that JavaScript cannot hold.
  const inside = bytes.indexOf('{') + 1;
  const option = Buffer.from('"stream_options":{"include_usage":true},');
  return Buffer.concat([bytes.subarray(0, inside), option, bytes.subarray(inside)]);
}

/** Characters of all strings within, images and other data URLs aside. */
function textLength(value: unknown): number {
  if (typeof value === 'string') return value.startsWith('data:') ? 0 : value.length;
  if (Array.isArray(value)) return value.reduce((sum: number, item) => sum + textLength(item), 0);
  if (!isObject(value)) return 0;
  return Object.entries(value).reduce((sum, [key, item]) => (key === 'images' ? sum : sum + textLength(item)), 0);
}
