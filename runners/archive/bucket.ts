import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Readable } from 'node:stream';
import { rootCertificates } from 'node:tls';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { archiveError } from './archive-error.ts';
import type { S3Config } from './config.ts';

const MAX_ATTEMPTS = 5;
const CONNECT_MILLISECONDS = 5_000;
/** Without a byte for so long a request is made anew. */
const SILENCE_MILLISECONDS = 15_000;
/** The least that S3 takes for a part but the last; what is larger than one goes in parts, one in memory at a time. */
const PART_BYTES = 5 * 1024 * 1024;

export type Put = { key: string; type: string; sha256?: string };

/** One bucket, with the credentials of the Secret alone: nothing of the environment or of the machine is looked at. */
export class Bucket {
  readonly #client: S3Client;
  readonly #config: S3Config;
  readonly #signal: AbortSignal;

  constructor(config: S3Config, signal: AbortSignal) {
    const { endpoint, region, credentials, forcePathStyle, caBundle } = config;
    this.#config = config;
    this.#signal = signal;
    this.#client = new S3Client({
      ...(endpoint === undefined ? {} : { endpoint }),
      region,
      credentials,
      forcePathStyle,
      maxAttempts: MAX_ATTEMPTS,
      followRegionRedirects: false,
      // What others than AWS understand: a checksum only where the call demands one. Our own sha256 goes with each file.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      requestHandler: new NodeHttpHandler({
        connectionTimeout: CONNECT_MILLISECONDS,
        requestTimeout: SILENCE_MILLISECONDS,
        throwOnRequestTimeout: true,
        httpAgent: new HttpAgent({ keepAlive: true }),
        httpsAgent: new HttpsAgent({ keepAlive: true, ...(caBundle && { ca: [...rootCertificates, caBundle] }) }),
      }),
    });
  }

  /** Below the configured prefix; without a slash at its end. */
  key(...parts: string[]): string {
    return [this.#config.prefix, ...parts].filter((part) => part !== '').join('/');
  }

  uri(key: string): string {
    return `s3://${this.#config.bucket}/${key}`;
  }

  /** @throws ArchiveError */
  async put({ key, type, sha256 }: Put, body: Uint8Array | Readable): Promise<void> {
    const input = {
      Bucket: this.#config.bucket,
      Key: key,
      Body: body,
      ContentType: type,
      ...(sha256 === undefined ? {} : { Metadata: { sha256 } }),
    };
    await this.#told(async () => {
      if (body instanceof Uint8Array && body.length <= PART_BYTES) {
        await this.#client.send(new PutObjectCommand(input), { abortSignal: this.#signal });
        return;
      }
      const abortController = new AbortController();
      this.#signal.addEventListener('abort', () => abortController.abort(), { once: true });
      if (this.#signal.aborted) abortController.abort();
      await new Upload({
        client: this.#client,
        params: input,
        partSize: PART_BYTES,
        queueSize: 1,
        abortController,
      }).done();
    });
  }

  /** Keys that begin so, in their order. @throws ArchiveError */
  async *list(prefix: string): AsyncGenerator<string> {
    let from: string | undefined;
    do {
      const page = await this.#told(async () => {
        const query = { Bucket: this.#config.bucket, Prefix: prefix, ...(from && { ContinuationToken: from }) };
        return await this.#client.send(new ListObjectsV2Command(query), { abortSignal: this.#signal });
      });
      for (const { Key } of page.Contents ?? []) if (Key !== undefined) yield Key;
      from = page.NextContinuationToken;
    } while (from !== undefined);
  }

  /** An object as text. @throws ArchiveError */
  async text(key: string): Promise<string> {
    return await this.#told(async () => {
      const got = await this.#client.send(new GetObjectCommand({ Bucket: this.#config.bucket, Key: key }), {
        abortSignal: this.#signal,
      });
      return (await got.Body?.transformToString()) ?? '';
    });
  }

  close(): void {
    this.#client.destroy();
  }

  async #told<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      // The client's own error may say less than that the time is over.
      if (this.#signal.aborted) throw archiveError({ name: 'TimeoutError' }, this.#config.bucket);
      throw archiveError(error, this.#config.bucket);
    }
  }
}
