/** Puts results.jsonl and summary.json of a finished run into S3, and tells so in the container's termination message. */
import { readFileSync, writeFileSync } from 'node:fs';
import { RUNNER_FILE } from '../../crds/job-file.ts';
import type { RunArchiveReport } from '../../crds/run-archive.ts';
import { ArchiveError } from './archive-error.ts';
import { archiveRun } from './archive-run.ts';
import { readS3Config } from './config.ts';
import { readRunArchive } from './read-run-archive.ts';

/** The run's Pod ends a little later. */
const MILLISECONDS = 540_000;

const report = await archive();
writeFileSync(RUNNER_FILE.report, JSON.stringify(report));
process.exitCode = report.reason === 'Archived' ? 0 : 1;

async function archive(): Promise<RunArchiveReport> {
  let uid = '';
  try {
    const run = readRunArchive(readFileSync(RUNNER_FILE.run, 'utf8'));
    uid = run.uid;
    return await archiveRun(readS3Config(RUNNER_FILE.s3), run, AbortSignal.timeout(MILLISECONDS));
  } catch (error) {
    const message = (error instanceof Error ? error.message : String(error)).slice(0, 500);
    return { v: 1, uid, reason: error instanceof ArchiveError ? error.reason : 'UploadFailed', message };
  }
}
