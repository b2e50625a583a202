const MEBI = 1024 * 1024;

/** Characters that a model may write in one call: many times what any context window holds. */
export const MAX_ANSWER_CHARACTERS = 4 * MEBI;

/** Tools that a model may ask for in one call. */
export const MAX_TOOL_CALLS = 1024;

/** Bytes of an answer in one piece, which is kept to be read. */
export const MAX_WHOLE_BYTES = 8 * MEBI;

/** Bytes of one line or one event of a stream, which is kept until it is complete. */
export const MAX_FRAME_BYTES = 8 * MEBI;

/** Bytes of a stream, which is not kept: an event has hundreds of bytes for each token, and a long answer has 100,000 tokens. */
export const MAX_STREAM_BYTES = 256 * MEBI;

/** An answer beyond the bounds comes from a server gone wrong; reading on would exhaust memory, or never end. */
export class AnswerTooLongError extends Error {
  override name = 'AnswerTooLongError';

  constructor(bound: string) {
    super(`its answer is longer than ${bound}`);
  }
}

/** Throws an {@link AnswerTooLongError} once more than `maxBytes` have come. */
export function byteBound(maxBytes: number): (bytes: number) => void {
  let sum = 0;
  return (bytes) => {
    sum += bytes;
    if (sum > maxBytes) throw new AnswerTooLongError(`${maxBytes / MEBI} MiB`);
  };
}
