/**
 * What the meter adds to the delay of each chunk of a stream, and how much goes through it, beside the same load without
 * it, in turn in one run. Server, meter and client are processes of their own; all goes over loopback.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import type { Load, Seen } from './meter/client.ts';
import { quantile } from './quantile.ts';

const STREAMS = 50;
const TOKENS_PER_SECOND = 200;
const ROUNDS = 5;
const ROUND_SECONDS = 3;
/** Each is as long as the meter lets an answer be, or nearly. */
const FLOOD = { streams: 8, megabytes: 25 };
const AIM = { addedMilliseconds: 2, megabytesPerSecond: 50 };

const server = fork(join(import.meta.dirname, 'meter/server.ts'));
const { port } = await reply<{ port: number }>(server);
const direct = `http://127.0.0.1:${port}`;
const metered = fork(join(import.meta.dirname, 'meter/metered.ts'), [direct]);
const { url } = await reply<{ url: string }>(metered);
const client = fork(join(import.meta.dirname, 'meter/client.ts'));
try {
  const isQuick = await delays();
  const isBroad = await flood();
  process.exitCode = isQuick && isBroad ? 0 : 1;
} finally {
  for (const child of [server, metered, client]) child.kill();
}

async function delays(): Promise<boolean> {
  const prompt = `paced:${ROUND_SECONDS * TOKENS_PER_SECOND}`;
  const load = { prompt, streams: STREAMS, staggerMilliseconds: 1000 / TOKENS_PER_SECOND / STREAMS };
  const seen: { direct: Seen[]; metered: Seen[] } = { direct: [], metered: [] };
  await run({ ...load, prompt: 'paced:100', url: direct });
  await run({ ...load, prompt: 'paced:100', url });
  const before = await usage();
  for (let round = 0; round < ROUNDS; round++) {
    seen.direct.push(await run({ ...load, url: direct }));
    seen.metered.push(await run({ ...load, url }));
  }
  const { counted, cpuMicroseconds } = await usageSince(before);
  const [plain, through] = [summarize('direct', seen.direct), summarize('through the meter', seen.metered)];
  const added = through.steady.p99 - plain.steady.p99;
  const opening = through.opening.p99 - plain.opening.p99;
  console.log(
    `${STREAMS} streams of ${TOKENS_PER_SECOND} tokens/s, ${ROUNDS} rounds of ${ROUND_SECONDS} s each way; ${machine()}`,
  );
  console.log(
    `added: median ${(through.steady.median - plain.steady.median).toFixed(2)} ms, p99 ${added.toFixed(2)} ms; aim < ${AIM.addedMilliseconds} ms`,
  );
  console.log(`added in the first 100 ms, while all calls are opened at once: p99 ${opening.toFixed(2)} ms`);
  console.log(`the meter takes ${(cpuMicroseconds / through.tokens).toFixed(0)} µs of CPU a chunk`);
  return isSame(plain.tokens, through.tokens, counted) && added < AIM.addedMilliseconds;
}

type Summary = { opening: Delay; steady: Delay; tokens: number };
type Delay = { median: number; p99: number };

function summarize(what: string, seen: Seen[]): Summary {
  const part = (name: keyof Seen['delaysMicroseconds']): Delay => {
    const delays = seen.flatMap(({ delaysMicroseconds }) => delaysMicroseconds[name]);
    const [median, p99] = [quantile(delays, 0.5) / 1000, quantile(delays, 0.99) / 1000];
    console.log(`${what}, ${name}: ${delays.length} chunks, median ${median.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms`);
    return { median, p99 };
  };
  const tokens = seen.reduce((sum, one) => sum + one.tokens, 0);
  return { opening: part('opening'), steady: part('steady'), tokens };
}

async function flood(): Promise<boolean> {
  const load = { prompt: `flood:${FLOOD.megabytes}`, streams: FLOOD.streams, staggerMilliseconds: 0 };
  await run({ ...load, url: direct });
  await run({ ...load, url });
  const before = await usage();
  const [plain, through] = [await run({ ...load, url: direct }), await run({ ...load, url })];
  const { counted, cpuMicroseconds } = await usageSince(before);
  const speed = ({ bytes, milliseconds }: Seen): number => bytes / 1000 / milliseconds;
  console.log(
    `unpaced: ${speed(plain).toFixed(0)} MB/s direct, ${speed(through).toFixed(0)} MB/s through the meter; aim >= ${AIM.megabytesPerSecond}; ${machine()}`,
  );
  console.log(`the meter takes a second of CPU for ${(through.bytes / cpuMicroseconds).toFixed(0)} MB`);
  return isSame(plain.tokens, through.tokens, counted) && speed(through) >= AIM.megabytesPerSecond;
}

/** Whether all three counts of tokens are one. */
function isSame(direct: number, through: number, counted: number): boolean {
  const same = direct === through && through === counted;
  const tokens = `${direct} direct, ${through} through the meter, ${counted} counted by it`;
  console.log(`tokens: ${tokens}${same ? '' : ': NOT the same'}`);
  return same;
}

function machine(): string {
  return `load average ${loadavg()
    .map((load) => load.toFixed(1))
    .join(' ')}`;
}

async function run(load: Load): Promise<Seen> {
  client.send(load);
  return reply(client);
}

type Usage = { outputTokens: number; cpuMicroseconds: number };

/** The meter's, so far. */
async function usage(): Promise<Usage> {
  metered.send('usage');
  return reply(metered);
}

async function usageSince(before: Usage): Promise<{ counted: number; cpuMicroseconds: number }> {
  const { outputTokens, cpuMicroseconds } = await usage();
  return {
    counted: outputTokens - before.outputTokens,
    cpuMicroseconds: cpuMicroseconds - before.cpuMicroseconds,
  };
}

/** The next message of a process. Throws when it ends instead. */
async function reply<Message>(child: ChildProcess): Promise<Message> {
  const replied = new AbortController();
  const ended = once(child, 'exit', { signal: replied.signal }).then(
    () => Promise.reject(new Error('a process of the benchmark ended')),
    () => [],
  );
  const [message] = (await Promise.race([once(child, 'message', { signal: replied.signal }), ended])) as [Message];
  replied.abort();
  return message;
}
