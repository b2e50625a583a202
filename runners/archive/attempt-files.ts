import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { zstdCompress } from 'node:zlib';
import type { Artifact } from '../artifacts/collect.ts';
import { rereadArtifact } from '../artifacts/reread.ts';
import type { JSONObject } from '../meter/reading.ts';
import { redactAnswer } from '../meter/sanitize.ts';

/** What an attempt leaves besides its report. */
export type Leavings = {
  /** Its event lines, as they were written. */
  lines: string[];
  /** The whole answer. */
  answer?: string;
  findings?: JSONObject[];
  /** Kept out of both: a server may repeat it, and an agent pass it on. */
  apiKey?: string;
  artifacts: readonly Artifact[];
  /** The scorers of the entries of `expect`, in their order, and whether they were met. */
  scores?: { scorer: string; passed: boolean }[];
  /** The folder that they lie in. */
  artifactsFolder?: string;
};

/** A file of the archive. `name` is its path below the attempt's folder. */
export type ArchiveFile = {
  name: string;
  type: string;
  /** Of the content; of an artifact what was found when it was kept. */
  sha256: string;
  bytes: number;
  /** The agent wrote it, and its type, such as text/html, is what it chose to make. */
  isForeign: boolean;
  /** Opens the content; a stream must be read to its end, or destroyed. Throws, or breaks off, with a ChangedArtifactError. */
  open: () => Promise<Uint8Array | Readable>;
};

const compress = promisify(zstdCompress);

/** All files of an attempt but its result.json. */
export async function filesOf(leavings: Leavings): Promise<ArchiveFile[]> {
  const { lines, answer, artifacts, artifactsFolder, apiKey } = leavings;
  const findings = findingsOf(leavings);
  return [
    file('events.jsonl.zst', 'application/zstd', await compress(Buffer.from(lines.join('')))),
    ...(answer === undefined ? [] : [file('answer.md', MARKDOWN, Buffer.from(redactAnswer(answer, apiKey)))]),
    ...(findings === undefined ? [] : [file('findings.json', 'application/json', Buffer.from(findings))]),
    ...(artifactsFolder === undefined ? [] : artifacts.map((artifact) => artifactFile(artifactsFolder, artifact))),
  ];
}

const MARKDOWN = 'text/markdown; charset=utf-8';

/** Undefined where there are none, or what an agent nested too deeply to be written. */
function findingsOf({ findings = [], apiKey }: Leavings): string | undefined {
  if (findings.length === 0) return undefined;
  const redacted = (_: string, value: unknown) => (typeof value === 'string' ? redactAnswer(value, apiKey) : value);
  try {
    return JSON.stringify(findings, redacted);
  } catch {
    return undefined;
  }
}

function file(name: string, type: string, content: Uint8Array): ArchiveFile {
  const sha256 = createHash('sha256').update(content).digest('hex');
  return { name, type, sha256, bytes: content.length, isForeign: false, open: async () => content };
}

/** Below this a file is read at once, so that a failed request can be made again. */
const SMALL_BYTES = 5 * 1024 * 1024;

function artifactFile(folder: string, artifact: Artifact): ArchiveFile {
  const { name, type, sha256, bytes } = artifact;
  const open = async () => {
    const chunks = rereadArtifact(folder, artifact);
    return bytes <= SMALL_BYTES ? Buffer.concat(await Array.fromAsync(chunks)) : Readable.from(chunks);
  };
  return { name: `artifacts/${name}`, type, sha256, bytes, isForeign: true, open };
}
