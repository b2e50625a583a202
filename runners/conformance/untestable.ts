/** A driver cannot be tested here, which says nothing about it. The message says why, and what to do. */
export class UntestableError extends Error {
  override name = 'UntestableError';
}
