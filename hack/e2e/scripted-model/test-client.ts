/** What a plain HTTP client saw of one answer. */
export interface Seen {
  status: number;
  headers: Headers;
  text: string;
}

/** Asks over a wire's chat endpoint with one user message; `extra` is added to the body. */
export function ask(
  url: string,
  path: string,
  model: string,
  prompt = 'hello there',
  extra: Record<string, unknown> = {},
  init: RequestInit = {},
): Promise<Seen> {
  const body = JSON.stringify({ model, prompt, messages: [{ role: 'user', content: prompt }], ...extra });
  return send(`${url}${path}`, { method: 'POST', body, ...init });
}

export async function send(url: string, init: RequestInit = {}): Promise<Seen> {
  const response = await fetch(url, { redirect: 'manual', ...init });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** The JSON values of a server-sent event stream; its last line must be `[DONE]`. */
export function events(text: string): unknown[] {
  const data = text
    .trimEnd()
    .split('\n\n')
    .map((line) => line.replace(/^data: /, ''));
  if (data.pop() !== '[DONE]') throw new Error(`the stream does not end with [DONE]: ${text}`);
  return data.map((value) => JSON.parse(value) as unknown);
}

export function lines(text: string): unknown[] {
  return text
    .trimEnd()
    .split('\n')
    .map((value) => JSON.parse(value) as unknown);
}
