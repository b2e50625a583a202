/** An error that the client caused or must know of, in the shape of OpenAI's error bodies. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string | null;
  readonly param: string | null;

  constructor(status: number, code: string | null, message: string, param: string | null = null) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.param = param;
  }

  body() {
    const type = this.status >= 500 ? 'server_error' : 'invalid_request_error';
    return { error: { message: this.message, type, param: this.param, code: this.code } };
  }
}

/** 400 for a field of the request that is wrong or that this server cannot do. */
export function badField(param: string, message: string, code: string | null = null): ApiError {
  return new ApiError(400, code, message, param);
}
