import { extname } from 'node:path';

/** How much of a file's beginning its type is told by. */
export const SAMPLE_BYTES = 4096;

/** The media type of a file by its beginning, and for text by its name's end: a name alone does not make an image. */
export function mediaType(name: string, sample: Buffer): string {
  const text = sample.toString('latin1');
  const known = SIGNATURES.find(([signature]) => text.startsWith(signature));
  if (known !== undefined) return known[1];
  if (!isText(sample)) return 'application/octet-stream';
  return TEXT_TYPES[extname(name).toLowerCase()] ?? 'text/plain';
}

/** Beginnings, one character for each byte. */
const SIGNATURES: readonly [string, string][] = [
  ['\x89PNG\r\n\x1a\n', 'image/png'],
  ['\xff\xd8\xff', 'image/jpeg'],
  ['GIF87a', 'image/gif'],
  ['GIF89a', 'image/gif'],
  ['%PDF-', 'application/pdf'],
  ['PK\x03\x04', 'application/zip'],
  ['\x1f\x8b', 'application/gzip'],
];

const TEXT_TYPES: { readonly [extension: string]: string | undefined } = {
  '.json': 'application/json',
  '.jsonl': 'application/x-ndjson',
  '.ndjson': 'application/x-ndjson',
  '.yaml': 'application/yaml',
  '.yml': 'application/yaml',
  '.xml': 'application/xml',
  '.html': 'text/html',
  '.htm': 'text/html',
  '.svg': 'image/svg+xml',
  '.md': 'text/markdown',
  '.csv': 'text/csv',
  '.css': 'text/css',
  '.js': 'text/javascript',
};

/** UTF-8 without NUL; the last character may be cut. */
function isText(sample: Buffer): boolean {
  if (sample.includes(0)) return false;
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(sample, { stream: true });
    return true;
  } catch {
    return false;
  }
}
