import { request } from 'node:https';
import type { Credentials } from './certificates.ts';

/** An API server and who asks it. */
export interface ApiEndpoint {
  /** For example `https://127.0.0.1:6443`. */
  readonly url: string;
  readonly credentials: Credentials;
}

/** GETs a path of the API server. @returns the body @throws Error unless it answers 200 within 3 s */
export async function apiGet({ url, credentials }: ApiEndpoint, path: string): Promise<string> {
  return await new Promise((resolve, reject) => {
    const call = request(new URL(path, url), { ...credentials, agent: false, timeout: 3_000 }, (response) => {
      const parts: string[] = [];
      response.setEncoding('utf8').on('data', (text: string) => parts.push(text));
      response.on('error', reject);
      response.on('end', () => {
        const body = parts.join('');
        if (response.statusCode === 200) resolve(body);
        else reject(new Error(`GET ${path}: ${response.statusCode} ${body.slice(0, 300)}`));
      });
    });
    call.on('timeout', () => call.destroy(new Error(`GET ${path}: no answer within 3 s`)));
    call.on('error', reject);
    call.end();
  });
}
