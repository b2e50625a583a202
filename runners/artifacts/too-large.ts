/** The agent left more than is kept; the message says of what, as in "more than 64 files". */
export class ArtifactsTooLargeError extends Error {
  override name = 'ArtifactsTooLargeError';
}
