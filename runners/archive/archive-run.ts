import { createHash } from 'node:crypto';
import type { RunArchive, RunArchiveReport } from '../../crds/run-archive.ts';
import { Bucket } from './bucket.ts';
import type { S3Config } from './config.ts';

/** So many results are read at once. */
const AT_ONCE = 16;

/**
 * Puts results.jsonl and summary.json of a run beside the folders of its jobs: one line for each case in their order,
 * with the result.json of the last archived attempt where there is one, and the outcome alone where there is none.
 * @throws ArchiveError
 */
export async function archiveRun(config: S3Config, run: RunArchive, signal: AbortSignal): Promise<RunArchiveReport> {
  const bucket = new Bucket(config, signal);
  try {
    const folder = bucket.key(run.namespace, run.run);
    const keys = await lastResults(bucket, folder);
    const lines: string[] = [];
    for (let from = 0; from < run.cases.length; from += AT_ONCE) {
      const some = run.cases.slice(from, from + AT_ONCE);
      lines.push(...(await Promise.all(some.map((one) => lineOf(bucket, keys.get(one.job), one)))));
    }
    const results = Buffer.from(lines.map((line) => `${line}\n`).join(''));
    const sha256 = createHash('sha256').update(results).digest('hex');
    await bucket.put({ key: `${folder}/results.jsonl`, type: 'application/x-ndjson', sha256 }, results);
    const summary = Buffer.from(
      JSON.stringify({
        v: 1,
        run: run.run,
        uid: run.uid,
        status: run.status,
        results: { sha256, lines: lines.length },
      }),
    );
    await bucket.put({ key: `${folder}/summary.json`, type: 'application/json' }, summary);
    return { v: 1, uid: run.uid, reason: 'Archived', uri: `${bucket.uri(folder)}/`, sha256, lines: lines.length };
  } finally {
    bucket.close();
  }
}

/** The key of each job's result.json of the highest attempt, by the job's name. */
async function lastResults(bucket: Bucket, folder: string): Promise<Map<string, string>> {
  const found = new Map<string, { attempt: number; key: string }>();
  for await (const key of bucket.list(`${folder}/`)) {
    const [, job = '', attempt = ''] = /^([^/]+)\/(\d+)\/result\.json$/.exec(key.slice(folder.length + 1)) ?? [];
    if (job === '' || Number(attempt) < (found.get(job)?.attempt ?? 0)) continue;
    found.set(job, { attempt: Number(attempt), key });
  }
  return new Map([...found].map(([job, { key }]) => [job, key]));
}

async function lineOf(bucket: Bucket, key: string | undefined, one: RunArchive['cases'][number]): Promise<string> {
  if (key === undefined) return JSON.stringify(one);
  const text = await bucket.text(key);
  try {
    return JSON.stringify({ ...one, result: JSON.parse(text) });
  } catch {
    // Something else lies there: said by its absence.
    return JSON.stringify(one);
  }
}
