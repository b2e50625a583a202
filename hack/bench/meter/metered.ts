/** The meter before the model server that the first argument names, as a process, as in a runner. It tells its URL, and its usage when asked. */
import { startMeter } from '../../../runners/meter/meter.ts';
import { testJob } from '../../../runners/testing/job.ts';

const job = testJob({ backend: { url: process.argv[2] ?? '' }, budget: { maxModelCalls: 1_000_000 } });
const meter = await startMeter({ job, apiKey: undefined, clock: () => performance.now() });
process.on('message', () => process.send?.(meter.ledger.usage()));
process.send?.({ url: `${meter.url}/v1` });
