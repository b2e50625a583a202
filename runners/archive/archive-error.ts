import type { ArchiveReason } from '../../crds/report.ts';

/** Why something could not be archived; the message says what to do and holds nothing that a server said but its error's code. */
export class ArchiveError extends Error {
  override readonly name = 'ArchiveError';
  readonly reason: ArchiveReason;

  constructor(reason: ArchiveReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** What an error of the S3 client means for who has to mend it. */
export function archiveError(error: unknown): ArchiveError {
  if (error instanceof ArchiveError) return error;
  const because = (reason: ArchiveReason, message: string) => new ArchiveError(reason, message, { cause: error });
  const status = statusOf(error);
  const code = codeOf(error);
  const told = [status, code].filter((part) => part !== undefined && part !== '').join(' ');
  if (code === 'TimeoutError' || code === 'AbortError' || code === 'ETIMEDOUT') return tooLate();
  if (status === 401 || status === 403 || code in CORRECTIONS || UNKNOWN_USER.test(code)) {
    const how =
      CORRECTIONS[code] ??
      'correct accessKeyId and secretAccessKey of the Secret rune-s3, and let them get, put and list objects of the bucket';
    return because('AccessDenied', `The S3 server refused the credentials (${told}): ${how}.`);
  }
  if (code === 'NoSuchBucket' || (status === 404 && code !== 'NoSuchKey')) {
    const message =
      'The bucket does not exist: create it, or correct the key bucket or endpoint of the Secret rune-s3.';
    return because('BucketNotFound', message);
  }
  if (code === 'AuthorizationHeaderMalformed' || (status !== undefined && status >= 300 && status < 400)) {
    const message = `The S3 server sends elsewhere (${told}): correct endpoint, region or pathStyle of the Secret rune-s3.`;
    return because('BadConfiguration', message);
  }
  if (status === 429 || (status !== undefined && status >= 500)) {
    return because('ServerError', `The S3 server failed again and again (${told}): look at it.`);
  }
  if (CERTIFICATE.test(code)) {
    const message = `The certificate of the S3 server is not trusted (${code}): put its authority into the key caBundle of the Secret rune-s3.`;
    return because('BadConfiguration', message);
  }
  if (UNREACHABLE.has(code)) {
    const message = `The S3 server cannot be reached, or cuts the connection (${code}): correct the endpoint of the Secret rune-s3, start it, or let runner Pods reach it.`;
    return because('Unreachable', message);
  }
  const message = `The upload failed (${told === '' ? 'no S3 server' : told}): see whether endpoint of the Secret rune-s3 is that of an S3 server.`;
  return because('UploadFailed', message);
}

/** The time is over, whatever was still waited for. */
export function tooLate(): ArchiveError {
  const message = 'The S3 server did not take the files in time: check that it answers from this namespace.';
  return new ArchiveError('TimedOut', message);
}

/** What to correct when the credentials are refused, by S3's error codes. */
const CORRECTIONS: Readonly<Record<string, string>> = {
  AccessDenied: 'let its account get, put and list objects of the bucket',
  InvalidAccessKeyId: 'correct accessKeyId of the Secret rune-s3',
  SignatureDoesNotMatch: 'correct secretAccessKey of the Secret rune-s3',
  ExpiredToken: 'renew sessionToken of the Secret rune-s3',
  InvalidToken: 'correct sessionToken of the Secret rune-s3',
  RequestTimeTooSkewed: 'set the clock of the node',
};

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

function statusOf(error: unknown): number | undefined {
  // The second is where the client leaves it when it cannot read the body.
  const status = field(field(error, '$metadata'), 'httpStatusCode') ?? field(field(error, '$response'), 'statusCode');
  return typeof status === 'number' ? status : undefined;
}

/** That of the system or of the server, which is a text of its choice: none but letters, digits and underscores. */
function codeOf(error: unknown): string {
  return [field(error, 'code'), field(error, 'name')].find(isCode) ?? '';
}

function isCode(text: unknown): text is string {
  return typeof text === 'string' && /^\w{1,64}$/.test(text) && text !== 'Error';
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
