/** What the caller of a local run has to change; the message says what and where. */
export class UsageError extends Error {
  override name = 'UsageError';
}
