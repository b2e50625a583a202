import { createHash } from 'node:crypto';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { Readable } from 'node:stream';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { ChangedArtifactError } from '../artifacts/reread.ts';
import { ArchiveError, archiveError, tooLate } from './archive-error.ts';
import type { S3Config } from './config.ts';

const MAX_ATTEMPTS = 5;
const CONNECT_MILLISECONDS = 5_000;
/** A request that is not answered after so long is made anew. */
const SILENCE_MILLISECONDS = 15_000;
/** The least that S3 takes for a part but the last; what is larger than one goes in parts, one in memory at a time. */
const PART_BYTES = 5 * 1024 * 1024;
/** As many as S3 takes. */
const MAX_KEY_BYTES = 1024;

export type Put = {
  key: string;
  type: string;
  sha256?: string;
  /** Others wrote it: browsers are told to save it, not to show it. */
  isForeign?: boolean;
};

export function fitsKey(key: string): boolean {
  return Buffer.byteLength(key) <= MAX_KEY_BYTES;
}

/** One bucket, with the credentials of the Secret alone: nothing of the environment or of the machine is looked at. */
export class Bucket {
  readonly #client: S3Client;
  readonly #config: S3Config;
  readonly #signal: AbortSignal;
  /** Rejects when the time is over. */
  readonly #over: Promise<never>;

  /** @param signal ends all calls, whatever they wait for */
  constructor(config: S3Config, signal: AbortSignal) {
    this.#config = config;
    this.#signal = signal;
    this.#client = clientOf(config);
    const { promise, reject } = Promise.withResolvers<never>();
    promise.catch(() => undefined);
    if (signal.aborted) reject(tooLate());
    signal.addEventListener('abort', () => reject(tooLate()), { once: true });
    this.#over = promise;
  }

  /** Below the configured prefix; without a slash at its end. */
  key(...parts: string[]): string {
    return [this.#config.prefix, ...parts].filter((part) => part !== '').join('/');
  }

  uri(key: string): string {
    return `s3://${this.#config.bucket}/${key}`;
  }

  /** @throws ArchiveError, and what a stream breaks off with; nothing is stored then */
  async put({ key, type, sha256, isForeign = false }: Put, body: Uint8Array | Readable): Promise<void> {
    const input = {
      Bucket: this.#config.bucket,
      Key: key,
      Body: body,
      ContentType: type,
      ...(isForeign ? { ContentDisposition: 'attachment' } : {}),
      ...(sha256 === undefined ? {} : { Metadata: { sha256 } }),
    };
    const { ETag } = await this.#told(async () => {
      if (body instanceof Uint8Array && body.length <= PART_BYTES) {
        return await this.#client.send(new PutObjectCommand(input), { abortSignal: this.#signal });
      }
      return await new Upload({ client: this.#client, params: input, partSize: PART_BYTES, queueSize: 1 }).done();
    });
    // Any web server might answer with 200.
    if (ETag === undefined) throw archiveError(undefined);
  }

  /** Keys that begin so, in their order. @throws ArchiveError */
  async *list(prefix: string): AsyncGenerator<string> {
    let from: string | undefined;
    do {
      const page = await this.#told(async () => {
        const query = {
          Bucket: this.#config.bucket,
          Prefix: prefix,
          // A key may hold what XML cannot.
          EncodingType: 'url' as const,
          ...(from && { ContinuationToken: from }),
        };
        return await this.#client.send(new ListObjectsV2Command(query), { abortSignal: this.#signal });
      });
      for (const { Key } of page.Contents ?? []) if (Key !== undefined) yield decoded(Key);
      from = page.NextContinuationToken;
    } while (from !== undefined);
  }

  /**
   * An object as text; undefined when it is gone, larger than `maxBytes`, or not what was put there, by the sha256 that was put
   * with it. @throws ArchiveError
   */
  async text(key: string, maxBytes: number): Promise<string | undefined> {
    return await this.#told(async () => {
      const get = new GetObjectCommand({ Bucket: this.#config.bucket, Key: key });
      const got = await this.#client.send(get, { abortSignal: this.#signal }).catch(unlessGone);
      if (got?.Body === undefined) return undefined;
      if ((got.ContentLength ?? 0) > maxBytes) {
        if (got.Body instanceof Readable) got.Body.destroy();
        return undefined;
      }
      const bytes = await got.Body.transformToByteArray();
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      return got.Metadata?.['sha256'] === sha256 ? Buffer.from(bytes).toString() : undefined;
    });
  }

  close(): void {
    this.#client.destroy();
  }

  async #told<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await Promise.race([work(), this.#over]);
    } catch (error) {
      if (error instanceof ArchiveError || error instanceof ChangedArtifactError) throw error;
      // The client's own error may say less than that the time is over.
      throw this.#signal.aborted ? tooLate() : archiveError(error);
    }
  }
}

/**
 * All that the client would else look for in environment variables, files of the home folder or the metadata service of a cloud is
 * given, so that nothing there can send results elsewhere.
 */
function clientOf({ endpoint, region, credentials, forcePathStyle, caBundle }: S3Config): S3Client {
  return new S3Client({
    endpoint: endpoint ?? `https://s3.${region}.amazonaws.com`,
    region,
    credentials,
    forcePathStyle,
    followRegionRedirects: false,
    maxAttempts: MAX_ATTEMPTS,
    retryMode: 'standard',
    defaultsMode: 'standard',
    // What others than AWS understand: a checksum only where the call demands one. The signature covers what is sent, and our
    // own sha256 goes with each file.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    authSchemePreference: ['aws.auth#sigv4'],
    sigv4aSigningRegionSet: [region],
    disableS3ExpressSessionAuth: true,
    useArnRegion: false,
    useDualstackEndpoint: false,
    useFipsEndpoint: false,
    userAgentAppId: 'rune',
    disableClockSkewCorrection: false,
    requestHandler: new NodeHttpHandler({
      connectionTimeout: CONNECT_MILLISECONDS,
      requestTimeout: SILENCE_MILLISECONDS,
      throwOnRequestTimeout: true,
      httpAgent: new HttpAgent({ keepAlive: true }),
      // With an authority of its own, no other is trusted.
      httpsAgent: new HttpsAgent({ keepAlive: true, ...(caBundle && { ca: caBundle }) }),
    }),
  });
}

function unlessGone(error: unknown): undefined {
  if (!(error instanceof Error) || error.name !== 'NoSuchKey') throw error;
}

/** By the rules of forms, in which a plus is a space. */
function decoded(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    return key;
  }
}
