import type { ArchiveReason } from '../../crds/report.ts';

/** Why something could not be archived; the message says what to do and holds nothing that a server said. */
export class ArchiveError extends Error {
  override readonly name = 'ArchiveError';
  readonly reason: ArchiveReason;

  constructor(reason: ArchiveReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

const REFUSALS = new Set([
  'AccessDenied',
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'ExpiredToken',
  'InvalidToken',
]);
/** Some servers answer 404 for credentials that they do not know. */
const UNKNOWN_USER = /User|AccessKey/;
const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ECONNRESET',
  'EPIPE',
]);
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY/;

/** What an error of the S3 client means for who has to mend it. */
export function archiveError(error: unknown, bucket: string): ArchiveError {
  if (error instanceof ArchiveError) return error;
  const {
    name = '',
    code = '',
    $metadata,
  } = error as { name?: string; code?: string; $metadata?: { httpStatusCode?: number } };
  const status = $metadata?.httpStatusCode;
  const because = (reason: ArchiveReason, message: string) => new ArchiveError(reason, message, { cause: error });
  if (name === 'AbortError' || name === 'TimeoutError') {
    return because(
      'TimedOut',
      'The S3 server did not take the files in time: check that it answers from this namespace.',
    );
  }
  if (REFUSALS.has(name) || UNKNOWN_USER.test(name) || status === 401 || status === 403) {
    return because(
      'AccessDenied',
      `The S3 server refused the credentials (${name || status}): correct accessKeyId and secretAccessKey of the Secret rune-s3, and let them put objects into the bucket "${bucket}".`,
    );
  }
  if (name === 'NoSuchBucket' || (status === 404 && name !== 'NoSuchKey')) {
    return because(
      'BucketNotFound',
      `The bucket "${bucket}" does not exist: create it, or correct the key bucket of the Secret rune-s3.`,
    );
  }
  if (status !== undefined && status >= 300 && status < 400) {
    return because(
      'BadConfiguration',
      `The S3 server sends elsewhere (${status}): correct endpoint or region of the Secret rune-s3.`,
    );
  }
  if (status !== undefined && status >= 500) {
    return because('ServerError', `The S3 server failed again and again (${status}): look at it.`);
  }
  if (CERTIFICATE.test(code)) {
    return because(
      'BadConfiguration',
      `The certificate of the S3 server is not trusted (${code}): put its authority into the key caBundle of the Secret rune-s3.`,
    );
  }
  if (UNREACHABLE.has(code)) {
    return because(
      'Unreachable',
      `The S3 server cannot be reached (${code}): correct the endpoint of the Secret rune-s3, or start it.`,
    );
  }
  return because('UploadFailed', `The upload failed (${[name, code, status].filter(Boolean).join(' ')}).`);
}
