/** The `Status` that the API server answers with when it refuses. */
export type ApiStatus = { code?: number; reason?: string; message?: string; details?: { retryAfterSeconds?: number } };

/** The API server refused a request. `code` is the HTTP status, `reason` the word for machines, such as `Conflict`. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: number;
  readonly reason: string;
  /** From the header Retry-After or the Status, where the server asked for a pause. */
  readonly retryAfterSeconds: number | undefined;

  constructor(code: number, reason: string, message: string, retryAfterSeconds?: number) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** No answer came: refused, reset, timed out, or cut in the middle. `wasSent` is false when the request surely never left. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
  readonly wasSent: boolean;

  constructor(message: string, wasSent: boolean, options: ErrorOptions) {
    super(message, options);
    this.wasSent = wasSent;
  }
}

export const isNotFound = (error: unknown): error is ApiError => hasCode(error, 404);
export const isForbidden = (error: unknown): error is ApiError => hasCode(error, 403);
export const isInvalid = (error: unknown): error is ApiError => hasCode(error, 422);
export const isTooManyRequests = (error: unknown): error is ApiError => hasCode(error, 429);
/** The resourceVersion or the continue token is too old for the server. */
export const isGone = (error: unknown): error is ApiError => hasCode(error, 410);

/** A precondition (resourceVersion or uid) did not hold: read again and decide anew. */
export const isConflict = (error: unknown): error is ApiError =>
  hasCode(error, 409) && (error as ApiError).reason !== 'AlreadyExists';

export const isAlreadyExists = (error: unknown): error is ApiError =>
  hasCode(error, 409) && (error as ApiError).reason === 'AlreadyExists';

function hasCode(error: unknown, code: number): boolean {
  return error instanceof ApiError && error.code === code;
}
