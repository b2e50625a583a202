import { createHash } from 'node:crypto';
import type { JobFile } from '../../crds/job-file.ts';
import type { Archive, Report } from '../../crds/report.ts';
import { ChangedArtifactError } from '../artifacts/reread.ts';
import { archiveError } from './archive-error.ts';
import { type ArchiveFile, filesOf, type Leavings } from './attempt-files.ts';
import { Bucket, fitsKey } from './bucket.ts';
import type { S3Config } from './config.ts';

/** Whose attempt it is. */
export type Archived = Pick<
  JobFile,
  'namespace' | 'name' | 'uid' | 'attempt' | 'trial' | 'run' | 'runUid' | 'agent' | 'model' | 'backend'
>;

/**
 * Puts all of an attempt below `{prefix}/{namespace}/{run or _}/{job}/{attempt}/`, result.json last, which names the
 * others with their sha256. The same attempt has the same keys, so that to do it again is harmless. Never rejects: what
 * went wrong is told. `signal` ends it, whatever it waits for.
 */
export async function archiveAttempt(
  config: S3Config,
  job: Archived,
  report: Report,
  leavings: Leavings,
  signal: AbortSignal,
): Promise<Archive> {
  const bucket = new Bucket(config, signal);
  try {
    const folder = bucket.key(job.namespace, job.run ?? '_', job.name, String(job.attempt));
    const files = await filesOf(leavings);
    const put: Stored[] = [];
    for (let from = 0; from < files.length; from += AT_ONCE) {
      const some = files.slice(from, from + AT_ONCE);
      put.push(...(await Promise.all(some.map((file) => store(bucket, folder, file)))));
    }
    const result = Buffer.from(JSON.stringify(resultOf(job, report, leavings, put)));
    const sha256 = createHash('sha256').update(result).digest('hex');
    await bucket.put({ key: `${folder}/result.json`, type: 'application/json', sha256 }, result);
    return { reason: 'Archived', ...lacking(put), uri: `${bucket.uri(folder)}/`, sha256 };
  } catch (error) {
    const { reason, message } = archiveError(error);
    return { reason, message };
  } finally {
    bucket.close();
  }
}

/** Each holds 5 MiB at most. */
const AT_ONCE = 4;

type Stored = { name: string; type: string; bytes: number; sha256: string } | { name: string; leftOut: string };

async function store(
  bucket: Bucket,
  folder: string,
  { name, type, sha256, bytes, isForeign, open }: ArchiveFile,
): Promise<Stored> {
  const key = `${folder}/${name}`;
  if (!fitsKey(key)) return { name, leftOut: 'its name is longer than S3 takes' };
  try {
    await bucket.put({ key, type, sha256, isForeign }, await open());
    return { name, type, bytes, sha256 };
  } catch (error) {
    if (error instanceof ChangedArtifactError) return { name, leftOut: error.message };
    throw error;
  }
}

/** What a reader of the condition has to know of artifacts that are not there. */
function lacking(files: readonly Stored[]): Pick<Archive, 'message'> {
  const leftOut = files.flatMap((file) => ('leftOut' in file ? [file] : []));
  const [first] = leftOut;
  if (first === undefined) return {};
  const what = leftOut.length === 1 ? 'One artifact is' : `${leftOut.length} artifacts are`;
  return { message: `${what} left out, since ${first.leftOut}: result.json names them.` };
}

/** All that the report holds, and whose it is; never an expected answer or a key. */
function resultOf(job: Archived, report: Report, { scores = [] }: Leavings, files: readonly Stored[]): object {
  const { namespace, name, uid, attempt, trial, run, runUid, agent, model, backend } = job;
  const ofRun = run === undefined ? {} : { run, ...(runUid === undefined ? {} : { runUid }) };
  const whose = { namespace, name, uid, attempt, trial, ...ofRun };
  return {
    v: 1,
    job: { ...whose, agent: { name: agent.name, options: agent.options }, model: model.name, backend: backend.name },
    report,
    scores,
    files,
  };
}
