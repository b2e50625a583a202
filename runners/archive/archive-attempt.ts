import { createHash } from 'node:crypto';
import type { JobFile } from '../../crds/job-file.ts';
import type { Archive, Report } from '../../crds/report.ts';
import { ArchiveError } from './archive-error.ts';
import { type ArchiveFile, filesOf, type Leavings } from './attempt-files.ts';
import { Bucket } from './bucket.ts';
import type { S3Config } from './config.ts';

/** Whose attempt it is. */
export type Archived = Pick<
  JobFile,
  'namespace' | 'name' | 'uid' | 'attempt' | 'trial' | 'run' | 'agent' | 'model' | 'backend'
>;

/**
 * Puts all of an attempt below `{prefix}/{namespace}/{run or _}/{job}/{attempt}/`, result.json last, which names the
 * others with their sha256. The same attempt has the same keys, so that to do it again is harmless. Never rejects: what
 * went wrong is told. `signal` ends it.
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
    for (const file of files) put.push(await store(bucket, folder, file));
    const result = Buffer.from(JSON.stringify(resultOf(job, report, put)));
    const sha256 = createHash('sha256').update(result).digest('hex');
    await bucket.put({ key: `${folder}/result.json`, type: 'application/json', sha256 }, result);
    return { reason: 'Archived', uri: `${bucket.uri(folder)}/`, sha256 };
  } catch (error) {
    if (error instanceof ArchiveError) return { reason: error.reason, message: error.message };
    const message = error instanceof Error ? error.message : String(error);
    return { reason: 'UploadFailed', message: `The upload failed: ${message.replace(/[.\s]*$/, '.')}` };
  } finally {
    bucket.close();
  }
}

type Stored = { name: string; type: string; bytes: number; sha256: string } | { name: string; leftOut: string };

async function store(
  bucket: Bucket,
  folder: string,
  { name, type, sha256, bytes, open }: ArchiveFile,
): Promise<Stored> {
  let content: Awaited<ReturnType<ArchiveFile['open']>>;
  try {
    content = await open();
  } catch {
    return { name, leftOut: 'it changed after it was found' };
  }
  await bucket.put({ key: `${folder}/${name}`, type, sha256 }, content);
  return { name, type, bytes, sha256 };
}

/** All that the report holds, and whose it is; never an expected answer or a key. */
function resultOf(job: Archived, report: Report, files: readonly Stored[]): object {
  const { namespace, name, uid, attempt, trial, run, agent, model, backend } = job;
  const whose = { namespace, name, uid, attempt, trial, ...(run === undefined ? {} : { run }) };
  return {
    v: 1,
    job: { ...whose, agent: { name: agent.name, options: agent.options }, model: model.name, backend: backend.name },
    report,
    files,
  };
}
