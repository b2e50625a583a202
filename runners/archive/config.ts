import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ArchiveError } from './archive-error.ts';

/** Where results are archived, by the keys of the Secret `rune-s3`. */
export type S3Config = {
  /** Absent for AWS. */
  endpoint?: string;
  region: string;
  bucket: string;
  /** Without slashes at its ends; may be empty. */
  prefix: string;
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
  caBundle?: string;
  /** Whether the bucket stands in the path rather than in the host's name. */
  forcePathStyle: boolean;
};

/**
 * Reads the Secret's keys, a file each; undefined when the namespace has no such Secret.
 * @throws ArchiveError BadConfiguration
 */
export function readS3Config(folder: string): S3Config | undefined {
  if (!existsSync(folder)) return undefined;
  const names = readdirSync(folder).filter((name) => !name.startsWith('.'));
  if (names.length === 0) return undefined;
  const read = (name: string) =>
    (names.includes(name) ? readFileSync(join(folder, name), 'utf8').trim() : '') || undefined;
  const need = (name: string) => read(name) ?? bad(`has no key ${name}`);
  const endpoint = read('endpoint');
  if (endpoint !== undefined) checkEndpoint(endpoint);
  const bucket = need('bucket');
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) bad('has a bucket that is no name of one');
  const [sessionToken, caBundle, pathStyle] = [read('sessionToken'), read('caBundle'), read('pathStyle')];
  if (pathStyle !== undefined && !['true', 'false'].includes(pathStyle))
    bad('has a pathStyle other than true and false');
  return {
    ...(endpoint === undefined ? {} : { endpoint }),
    region: read('region') ?? 'us-east-1',
    bucket,
    prefix: (read('prefix') ?? '').replace(/^\/+|\/+$/g, ''),
    credentials: {
      accessKeyId: need('accessKeyId'),
      secretAccessKey: need('secretAccessKey'),
      ...(sessionToken === undefined ? {} : { sessionToken }),
    },
    ...(caBundle === undefined ? {} : { caBundle }),
    // Servers other than AWS mostly have one host.
    forcePathStyle: pathStyle === undefined ? endpoint !== undefined : pathStyle === 'true',
  };
}

function checkEndpoint(text: string): void {
  const url = URL.parse(text);
  const isPlain = url !== null && url.username === '' && url.search === '' && url.hash === '';
  if (!isPlain || !['http:', 'https:'].includes(url.protocol)) bad('has an endpoint that is no http or https URL');
}

function bad(what: string): never {
  throw new ArchiveError('BadConfiguration', `The Secret rune-s3 ${what}: see docs/guides/archive.md for its keys.`);
}
