/** A request over HTTP that is answered with this status, and this error as its body. */
export class RequestError extends Error {
  override name = 'RequestError';
  readonly status: number;
  readonly kind: string;

  constructor(status: number, kind: string, message: string) {
    super(message);
    this.status = status;
    this.kind = kind;
  }
}
