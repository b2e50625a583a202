import { field, isObject, type JSONObject, optional, ProtocolError, toJSON } from './json.ts';
import { PROTOCOL } from './limits.ts';
import { cutBytes, show } from './text.ts';

/** What a driver says of whose fault an error was. */
export const DRIVER_ERROR_KINDS = [
  'agent',
  'bad_option',
  'model',
  'timeout',
  'infrastructure',
  'unknown_action',
] as const;
type DriverErrorKind = (typeof DRIVER_ERROR_KINDS)[number];

/** What agent-host says of a driver that did not say it itself. */
const HOST_ERROR_KINDS = [
  'protocol',
  'output_too_large',
  'exit',
  'signal',
  'out_of_memory',
  'no_result',
  'start',
  'cancelled',
] as const;
type HostErrorKind = (typeof HOST_ERROR_KINDS)[number];

/** What can come over HTTP. */
export const ERROR_KINDS = [...DRIVER_ERROR_KINDS, ...HOST_ERROR_KINDS] as const;

export type OutcomeError = { kind: DriverErrorKind | HostErrorKind; message: string };

/** How a request ended: with the result of its action, or an error. */
export type Outcome<Result = JSONObject> = { status: 'ok'; result: Result } | { status: 'error'; error: OutcomeError };

export type Usage = { input_tokens: number; output_tokens: number };

/** The result of `ask`. */
export type Answer = { answer: string; findings?: JSONObject[]; usage?: Usage; agent_version?: string };

/** The result of `info`; `options` is a JSON Schema. */
export type DriverInfo = { driver?: string; agent_version?: string; options?: JSONObject };

/**
 * Reads what has a `status`: a line of a driver, or with {@link ERROR_KINDS} an answer over HTTP. A kind that is not
 * among these counts as `agent`. Throws a ProtocolError for what is neither result nor error.
 */
export function readOutcome(line: JSONObject, kinds: readonly OutcomeError['kind'][] = DRIVER_ERROR_KINDS): Outcome {
  if (line['status'] === 'ok') return { status: 'ok', result: field.object(line, 'result') };
  if (line['status'] === 'error') return { status: 'error', error: readError(field.object(line, 'error'), kinds) };
  throw new ProtocolError(`\`status\` is ${show(line['status'])}, not "ok" or "error", and there is no \`event\``);
}

/** The fields of an answer that the protocol knows. Throws a ProtocolError for one that is not as it must be. */
export function readAnswer(result: JSONObject): Answer {
  const answer: Answer = { answer: field.text(result, 'answer') };
  const findings = optional(result, 'findings', readFindings);
  const usage = optional(result, 'usage', readUsage);
  const version = optional(result, 'agent_version', field.text);
  if (findings) answer.findings = findings;
  if (usage) answer.usage = usage;
  if (version !== undefined) answer.agent_version = cutBytes(version, MAX_NAME_BYTES);
  return answer;
}

/** The fields of `info` that the protocol knows. Throws a ProtocolError for one that is not as it must be. */
export function readInfo(result: JSONObject): DriverInfo {
  const info: DriverInfo = {};
  const driver = optional(result, 'driver', field.text);
  const version = optional(result, 'agent_version', field.text);
  const options = optional(result, 'options', readSchema);
  if (driver !== undefined) info.driver = cutBytes(driver, MAX_NAME_BYTES);
  if (version !== undefined) info.agent_version = cutBytes(version, MAX_NAME_BYTES);
  if (options) info.options = options;
  return info;
}

const MAX_NAME_BYTES = 1024;

function readError(error: JSONObject, kinds: readonly OutcomeError['kind'][]): OutcomeError {
  const kind = field.text(error, 'kind');
  const known = kinds.find((name) => name === kind) ?? 'agent';
  return { kind: known, message: cutBytes(field.text(error, 'message'), PROTOCOL.maxEventTextBytes) };
}

function readFindings(result: JSONObject, name: string): JSONObject[] {
  const findings = result[name];
  if (!Array.isArray(findings)) throw new ProtocolError(`\`${name}\` is ${show(findings)}, not a list`);
  const wrong = findings.findIndex((finding) => !isObject(finding));
  if (wrong !== -1) throw new ProtocolError(`\`${name}[${wrong}]\` is ${show(findings[wrong])}, not an object`);
  if (findings.length > PROTOCOL.maxFindings)
    throw new ProtocolError(`\`${name}\` has ${findings.length} entries, more than ${PROTOCOL.maxFindings}`);
  const bytes = Buffer.byteLength(toJSON(findings));
  if (bytes > PROTOCOL.maxFindingsBytes)
    throw new ProtocolError(`\`${name}\` has ${bytes} bytes, more than ${PROTOCOL.maxFindingsBytes}`);
  return findings as JSONObject[];
}

function readSchema(result: JSONObject, name: string): JSONObject {
  const schema = field.object(result, name);
  const bytes = Buffer.byteLength(toJSON(schema));
  if (bytes > PROTOCOL.maxSchemaBytes)
    throw new ProtocolError(`\`${name}\` has ${bytes} bytes, more than ${PROTOCOL.maxSchemaBytes}`);
  return schema;
}

function readUsage(result: JSONObject, name: string): Usage {
  const usage = field.object(result, name);
  return { input_tokens: field.number(usage, 'input_tokens'), output_tokens: field.number(usage, 'output_tokens') };
}
