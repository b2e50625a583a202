import { readDirectives } from './directives.ts';
import type { Params } from './work.ts';

/** Asks the model as any agent would, and gives its answer. @throws Error for anything but an answer */
export async function callModel({ question, model, base_url, backend_type }: Params): Promise<string> {
  const messages = [{ role: 'user', content: readDirectives(question).rest }];
  const path = backend_type === 'openai' ? '/chat/completions' : '/api/chat';
  const response = await fetch(`${base_url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer none' },
    body: JSON.stringify({ model, messages, stream: false }),
  });
  const body = (await response.json()) as ChatAnswer;
  if (!response.ok) throw new Error(`the model answered ${response.status}: ${JSON.stringify(body)}`);
  return (body.choices?.[0]?.message ?? body.message)?.content ?? '';
}

interface ChatAnswer {
  readonly choices?: { readonly message: { readonly content: string } }[];
  readonly message?: { readonly content: string };
}
