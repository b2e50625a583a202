import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';

/** Headers of one connection and not of the message (RFC 9110, section 7.6.1). */
const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/** The agent holds no key of its own, so whatever it sends in their place is not for the backend. */
const CREDENTIALS = ['authorization', 'api-key', 'x-api-key', 'cookie'];

/** Headers of the agent's request as the backend gets them. `bodyBytes` is absent for a body that is streamed. */
export function requestHeaders(
  agent: IncomingHttpHeaders,
  apiKey: string | undefined,
  bodyBytes: number | undefined,
): OutgoingHttpHeaders {
  const headers = without(agent, [...HOP_BY_HOP, ...CREDENTIALS, 'host', 'expect', 'accept-encoding']);
  headers['accept-encoding'] = 'identity';
  if (apiKey !== undefined) headers['authorization'] = `Bearer ${apiKey}`;
  if (bodyBytes !== undefined) headers['content-length'] = bodyBytes;
  return headers;
}

/** Headers of the backend's answer as the agent gets them; those of a metered answer are given its type by the meter, which may also shorten it. */
export function responseHeaders(backend: IncomingHttpHeaders, meteredType?: string): OutgoingHttpHeaders {
  if (meteredType === undefined) return without(backend, HOP_BY_HOP);
  const headers = without(backend, [...HOP_BY_HOP, 'content-length', 'content-encoding']);
  return { ...headers, 'content-type': meteredType };
}

function without(headers: IncomingHttpHeaders, names: string[]): OutgoingHttpHeaders {
  const named = (headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase());
  const dropped = new Set([...names, ...named]);
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !dropped.has(name)));
}
