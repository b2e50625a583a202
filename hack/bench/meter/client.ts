/** Reads streams, as a process: so many of one prompt at once, for each request that it is sent. Answers with what it saw. */
import http from 'node:http';
import { BENCH_MODEL } from './model.ts';
import { now } from './stamp.ts';

export type Load = { url: string; prompt: string; streams: number; staggerMilliseconds: number };
export type Seen = {
  /** Of each chunk, from its sending to its coming; of paced streams only, and of their first chunks apart. */
  delaysMicroseconds: { opening: number[]; steady: number[] };
  /** As usage says in the streams. */
  tokens: number;
  bytes: number;
  milliseconds: number;
};

/** Of 100 ms: all calls are opened at once, and these wait for that. */
const OPENING_CHUNKS = 20;

process.on('message', async (load: Load) => {
  const begun = performance.now();
  const streams = await Promise.all(Array.from({ length: load.streams }, (_, index) => read(load, index)));
  const seen: Seen = {
    delaysMicroseconds: {
      opening: streams.flatMap(({ delays }) => delays.slice(0, OPENING_CHUNKS)),
      steady: streams.flatMap(({ delays }) => delays.slice(OPENING_CHUNKS)),
    },
    tokens: streams.reduce((sum, { tokens }) => sum + tokens, 0),
    bytes: streams.reduce((sum, { bytes }) => sum + bytes, 0),
    milliseconds: performance.now() - begun,
  };
  process.send?.(seen);
});

type Stream = { delays: number[]; tokens: number; bytes: number };

async function read({ url, prompt, staggerMilliseconds }: Load, index: number): Promise<Stream> {
  // So that the tokens of all do not come at the same moment.
  await new Promise((resolve) => setTimeout(resolve, index * staggerMilliseconds));
  const body = JSON.stringify({
    model: BENCH_MODEL,
    stream: true,
    stream_options: { include_usage: true },
    messages: [{ role: 'user', content: prompt }],
  });
  return new Promise((resolve, reject) => {
    const request = http.request(`${url}/chat/completions`, { method: 'POST', agent: false }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`status ${response.statusCode}`));
      const stream: Stream = { delays: [], tokens: 0, bytes: 0 };
      let end = '';
      const isPaced = prompt.startsWith('paced');
      response.on('data', (chunk: Buffer) => {
        const at = now();
        stream.bytes += chunk.length;
        const text = chunk.toString('latin1', isPaced ? 0 : Math.max(0, chunk.length - 1024));
        if (isPaced) for (const [, sent] of text.matchAll(/"content":"(\d+)"/g)) stream.delays.push(at - Number(sent));
        end = (end + text).slice(-1024);
      });
      response.on('end', () => resolve({ ...stream, tokens: Number(/"completion_tokens":(\d+)/.exec(end)?.[1]) }));
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(body);
  });
}
