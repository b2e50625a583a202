/** The meter before the model server that the first argument names, as a process, as in a runner. It tells its URL, and what it counted and took when asked. */
import { startMeter } from '../../../runners/meter/meter.ts';
import { testJob } from '../../../runners/testing/job.ts';
import { BENCH_MODEL } from './model.ts';

const backend = { url: process.argv[2] ?? '' };
const job = testJob({ model: { name: BENCH_MODEL }, backend, budget: { maxModelCalls: 1_000_000 } });
const meter = await startMeter({ job, apiKey: undefined, clock: () => performance.now() });
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.({ outputTokens: meter.ledger.usage().outputTokens, cpuMicroseconds: user + system });
});
process.send?.({ url: `${meter.url}/v1` });
