import { field, type JSONObject, ProtocolError } from '../../protocol/json.ts';
import { type Answer, ERROR_KINDS, readAnswer } from '../../protocol/outcome.ts';
import { show } from '../../protocol/text.ts';
import { AgentFailure, type AgentFailureKind } from './failure.ts';

/** The answer that the state of a job holds; undefined while it is worked on. Throws an {@link AgentFailure} for an error, and a ProtocolError. */
export function readState(state: JSONObject): Answer | undefined {
  if (state['state'] === 'running') return undefined;
  if (state['state'] !== 'done')
    throw new ProtocolError(`has the state ${show(state['state'])}, not "running" or "done"`);
  return readEnd(state);
}

/** The answer in a line of result. Throws as {@link readState} does. */
export function readEnd(line: JSONObject): Answer {
  if (line['status'] === 'ok') return readAnswer(field.object(line, 'result'));
  if (line['status'] !== 'error')
    throw new ProtocolError(`has the status ${show(line['status'])}, not "ok" or "error"`);
  const error = field.object(line, 'error');
  throw new AgentFailure(knownKind(field.text(error, 'kind')), field.text(error, 'message'));
}

function knownKind(kind: string): AgentFailureKind {
  return ERROR_KINDS.find((known) => known === kind) ?? 'agent';
}
