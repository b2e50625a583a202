import { createHash } from 'node:crypto';
import type { RunArchive, RunArchiveReport } from '../../crds/run-archive.ts';
import { isObject, type JSONObject } from '../meter/reading.ts';
import { encodeJSON } from '../sink/cut.ts';
import { Bucket } from './bucket.ts';
import type { S3Config } from './config.ts';

/** So many results are read at once. */
const AT_ONCE = 16;
/** A result names at most 64 files. */
const MAX_RESULT_BYTES = 256 * 1024;

type Case = RunArchive['cases'][number];

/**
 * Puts results.jsonl and summary.json of a run beside the folders of its jobs: one line for each case in their order,
 * with the result.json of the last archived attempt where there is one, and the outcome alone where there is none.
 * @throws ArchiveError
 */
export async function archiveRun(config: S3Config, run: RunArchive, signal: AbortSignal): Promise<RunArchiveReport> {
  const bucket = new Bucket(config, signal);
  try {
    const folder = bucket.key(run.namespace, run.run);
    const keys = await resultsIn(bucket, folder);
    const lines: string[] = [];
    for (let from = 0; from < run.cases.length; from += AT_ONCE) {
      const some = run.cases.slice(from, from + AT_ONCE);
      lines.push(...(await Promise.all(some.map((one) => lineOf(bucket, keys.get(one.job) ?? [], one, run.uid)))));
    }
    const results = Buffer.from(lines.map((line) => `${line}\n`).join(''));
    const sha256 = createHash('sha256').update(results).digest('hex');
    await bucket.put({ key: `${folder}/results.jsonl`, type: 'application/x-ndjson', sha256 }, results);
    const summary = Buffer.from(
      encodeJSON({
        v: 1,
        run: run.run,
        uid: run.uid,
        status: run.status,
        results: { sha256, lines: lines.length },
      }),
    );
    const summarySHA256 = createHash('sha256').update(summary).digest('hex');
    await bucket.put({ key: `${folder}/summary.json`, type: 'application/json', sha256: summarySHA256 }, summary);
    return { v: 1, uid: run.uid, reason: 'Archived', uri: `${bucket.uri(folder)}/`, sha256, lines: lines.length };
  } finally {
    bucket.close();
  }
}

/** The keys of each job's result.json, by the job's name; that of the last attempt first. */
async function resultsIn(bucket: Bucket, folder: string): Promise<Map<string, string[]>> {
  const found = new Map<string, { attempt: number; key: string }[]>();
  for await (const key of bucket.list(`${folder}/`)) {
    const [, job = '', attempt = ''] = /^([^/]+)\/(\d+)\/result\.json$/.exec(key.slice(folder.length + 1)) ?? [];
    if (job === '') continue;
    const results = found.get(job) ?? [];
    found.set(job, [...results, { attempt: Number(attempt), key }]);
  }
  const lastFirst = (results: { attempt: number; key: string }[]) =>
    results.toSorted((a, b) => b.attempt - a.attempt).map(({ key }) => key);
  return new Map([...found].map(([job, results]) => [job, lastFirst(results)]));
}

/** Cases without a measurement, whatever may lie in S3 of an attempt. */
const WITHOUT_RESULT: ReadonlySet<string> = new Set(['Deleted', 'NotMade']);

/** The case with its last result, or alone where there is none. */
async function lineOf(bucket: Bucket, keys: readonly string[], one: Case, uid: string): Promise<string> {
  for (const key of WITHOUT_RESULT.has(one.outcome) ? [] : keys) {
    const text = await bucket.text(key, MAX_RESULT_BYTES);
    const result = text === undefined ? undefined : resultOf(text, one.job, uid);
    if (text === undefined || result === undefined) continue;
    const sha256 = createHash('sha256').update(text).digest('hex');
    return encodeJSON({ ...one, uri: bucket.uri(key), sha256, result });
  }
  return encodeJSON(one);
}

/**
 * What a result.json says, without the list of its files; undefined for something else, and for what an earlier run of the same
 * name left.
 */
function resultOf(text: string, name: string, uid: string): JSONObject | undefined {
  const value = parsed(text);
  if (value === undefined || value['v'] !== 1) return undefined;
  const { job, report, files: _files, ...rest } = value;
  if (!isObject(job) || !isObject(report) || job['name'] !== name) return undefined;
  if (job['runUid'] !== undefined && job['runUid'] !== uid) return undefined;
  const { artifacts: _artifacts, ...told } = report;
  return { job, report: told, ...rest };
}

function parsed(text: string): JSONObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
