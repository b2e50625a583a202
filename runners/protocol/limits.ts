/** The bounds of the driver protocol, see ../PROTOCOL.md. Bytes are of UTF-8. */
export const PROTOCOL = {
  version: 1,
  port: 7411,
  maxLineBytes: 1024 * 1024,
  /** Of the whole standard output of a driver. */
  maxOutputBytes: 16 * 1024 * 1024,
  /** Of a request's body, and of a result. */
  maxBodyBytes: 1024 * 1024,
  maxEvents: 10_000,
  /** Of each text of an event. */
  maxEventTextBytes: 8 * 1024,
  maxFindings: 1_000,
  maxFindingsBytes: 256 * 1024,
  /** Of the options' JSON Schema in `info`. */
  maxSchemaBytes: 256 * 1024,
  maxQuestionBytes: 16 * 1024,
  infoSeconds: 10,
  /** Between SIGTERM and SIGKILL. */
  terminateMilliseconds: 2_000,
  /** In which a driver is to exit after its result, or after it closed its output. */
  exitMilliseconds: 5_000,
} as const;
