import { X509Certificate } from 'node:crypto';
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
  /** PEM. Only servers with a certificate of these authorities are trusted then. */
  caBundle?: string;
  /** Whether the bucket stands in the path rather than in the host's name. */
  forcePathStyle: boolean;
};

/** So that the address of a folder fits the report. */
const MAX_PREFIX = 200;
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const REGION = /^[a-z0-9][a-z0-9-]{0,62}$/;
const VISIBLE = /^[\x21-\x7e]+$/;

/** Whether the namespace has the Secret. */
export function hasS3Config(folder: string): boolean {
  return existsSync(folder) && keysIn(folder).length > 0;
}

/**
 * Reads the Secret's keys, a file each. No message holds a value.
 * @throws ArchiveError BadConfiguration
 */
export function readS3Config(folder: string): S3Config {
  if (!hasS3Config(folder))
    throw new ArchiveError('BadConfiguration', 'This namespace has no Secret rune-s3: create it.');
  const names = keysIn(folder);
  // Secrets made from a file often end with a line break.
  const read = (name: string) =>
    (names.includes(name) ? readFileSync(join(folder, name), 'utf8').trim() : '') || undefined;
  const need = (name: string) => read(name) ?? bad(`has no key ${name}, or an empty one`);
  const visible = (name: string) => matching(VISIBLE, need(name), `${name} with white space, or not of ASCII`);
  const endpoint = read('endpoint');
  const [sessionToken, caBundle, pathStyle] = [read('sessionToken'), read('caBundle'), read('pathStyle')];
  if (pathStyle !== undefined && !['true', 'false'].includes(pathStyle))
    bad('has a pathStyle other than true and false');
  return {
    ...(endpoint === undefined ? {} : { endpoint: readEndpoint(endpoint) }),
    region: matching(REGION, read('region') ?? 'us-east-1', 'region that is no name of one'),
    bucket: matching(BUCKET, need('bucket'), 'bucket that is no name of one'),
    prefix: readPrefix(read('prefix') ?? ''),
    credentials: {
      accessKeyId: visible('accessKeyId'),
      secretAccessKey: visible('secretAccessKey'),
      ...(sessionToken === undefined ? {} : { sessionToken: visible('sessionToken') }),
    },
    ...(caBundle === undefined ? {} : { caBundle: readCertificates(caBundle) }),
    // Servers other than AWS mostly have one host.
    forcePathStyle: pathStyle === undefined ? endpoint !== undefined : pathStyle === 'true',
  };
}

function keysIn(folder: string): string[] {
  // The kubelet's own entries begin with two dots.
  return readdirSync(folder).filter((name) => !name.startsWith('.'));
}

function matching(pattern: RegExp, value: string, what: string): string {
  return pattern.test(value) ? value : bad(`has a ${what}`);
}

function readEndpoint(text: string): string {
  const url = URL.parse(text);
  const isPlain = url !== null && url.username === '' && url.password === '' && url.search === '' && url.hash === '';
  if (!isPlain || url.pathname !== '/' || !['http:', 'https:'].includes(url.protocol))
    bad('has an endpoint that is no http or https URL without a path');
  return url.origin;
}

function readPrefix(text: string): string {
  const prefix = text.replace(/^\/+|\/+$/g, '');
  const isGood = prefix.split('/').every((part) => /^[\w=@+,~-][\w.=@+,~-]*$/.test(part));
  if (prefix !== '' && (!isGood || prefix.length > MAX_PREFIX)) {
    bad(`has a prefix that is not made of letters, digits and _.=@+,~- between slashes, or longer than ${MAX_PREFIX}`);
  }
  return prefix;
}

function readCertificates(pem: string): string {
  try {
    new X509Certificate(pem);
    return pem;
  } catch {
    return bad('has a caBundle that is not of certificates in PEM form');
  }
}

function bad(what: string): never {
  throw new ArchiveError('BadConfiguration', `The Secret rune-s3 ${what}: see docs/guides/archive.md for its keys.`);
}
