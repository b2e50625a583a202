import { Worker } from 'node:worker_threads';
import type { Expectation } from '../../crds/job-file.ts';
import type { Evidence } from './evidence.ts';

/** How long a step may take: to make sense of an entry, and to put the answer to it. The descriptions of the fields say it, too. */
export const STEP_SECONDS = 5;
/** Loading the code, on a machine that may be busy. */
const START_SECONDS = 30;
const MEMORY_MB = 96;

/** An entry that is met by what a value of JSON holds, in the answer or in the findings. */
export type StructuredEntry = Pick<Expectation, 'jsonSchema' | 'jsonPath'>;

export type StructuredTask = Pick<Evidence, 'answer' | 'findings'> & { entries: StructuredEntry[] };

/** Whether an entry is met, and what kept that from being found out; or why the entry itself cannot be used. */
export type StructuredResult = { met: boolean; remark?: string } | { error: string };

/** What the thread is told. The findings are a text, since clones of values deeper than the stack cannot be made. */
export type ThreadTask = { answer: string; findings: string; entries: StructuredEntry[] };

/** What the thread tells: the step that it takes next, or what came of an entry. */
export type StructuredMessage = { step: 'question' | 'answer' } | { result: StructuredResult };

export function isStructured({ jsonSchema, jsonPath }: Expectation): boolean {
  return jsonSchema !== undefined || jsonPath !== undefined;
}

/**
 * The results of all entries, in their order. They are found in a thread of its own, which is ended when a step takes too
 * long or too much memory; that counts against the answer, unless no sense could be made of the entry itself.
 */
export async function scoreStructured(task: StructuredTask): Promise<StructuredResult[]> {
  const results: StructuredResult[] = [];
  while (results.length < task.entries.length) {
    results.push(...(await scoreInThread(task, task.entries.slice(results.length))));
  }
  return results;
}

/** The results of all entries, or of those up to the one that ended the thread. */
async function scoreInThread(
  { answer, findings }: StructuredTask,
  entries: StructuredEntry[],
): Promise<StructuredResult[]> {
  const worker = new Worker(new URL('structured-worker.ts', import.meta.url), {
    workerData: { answer, findings: textOf(findings), entries } satisfies ThreadTask,
    env: {},
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
  });
  try {
    return await follow(worker, entries.length);
  } finally {
    await worker.terminate();
  }
}

/** Empty for what is nested deeper than the stack. */
function textOf(findings: Evidence['findings']): string {
  try {
    return JSON.stringify(findings);
  } catch {
    return '';
  }
}

async function follow(worker: Worker, count: number): Promise<StructuredResult[]> {
  const { promise, resolve, reject } = Promise.withResolvers<StructuredResult[]>();
  const results: StructuredResult[] = [];
  let step: 'start' | 'question' | 'answer' = 'start';
  const cut = (why: string): void => {
    if (step === 'start') reject(new Error(`the scorers did not start ${why}`));
    else if (step === 'question') resolve([...results, { error: `no sense can be made of it ${why}` }]);
    else resolve([...results, { met: false, remark: `could not be evaluated ${why}` }]);
  };
  let timer = setTimeout(cut, START_SECONDS * 1000, `within ${START_SECONDS} s`);
  worker.on('message', (message: StructuredMessage) => {
    clearTimeout(timer);
    if ('step' in message) step = message.step;
    else results.push(message.result);
    if (results.length === count) resolve(results);
    else timer = setTimeout(cut, STEP_SECONDS * 1000, `within ${STEP_SECONDS} s`);
  });
  worker.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') cut(`with ${MEMORY_MB} MB of memory`);
    else reject(error);
  });
  worker.on('exit', () => reject(new Error('the scorers ended too early')));
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}
