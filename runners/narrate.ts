import type { JobFile } from '../crds/job-file.ts';
import type { CallRecord } from './meter/call.ts';
import type { ScoredVerdict } from './scoring/verdict.ts';
import { cutCodePoints } from './sink/cut.ts';
import { type EventLog, MAX_LINE_BYTES } from './sink/events.ts';

/** The agent is being asked. */
export function logAsked(events: EventLog, { agent, model, backend }: JobFile): void {
  events.emit('progress', { phase: 'asked', agent: agent.name, model: model.name, backend: backend.name });
}

/** A model call has ended. */
export function logCall(events: EventLog, call: CallRecord): void {
  const { number, path, kind, status, tokens, estimated, retryAfterSeconds, detail } = call;
  for (const name of call.toolCalls) events.emit('tool', { call: number, name });
  const milliseconds = Math.round(call.endedAt - call.startedAt);
  events.emit('usage', {
    call: number,
    path,
    kind,
    status,
    ...tokens,
    estimated,
    milliseconds,
    retryAfterSeconds,
    detail,
  });
}

/** How the job ended, with as much of the answer as fits a line. Never what was expected. */
export function logVerdict(events: EventLog, verdict: ScoredVerdict, answer: string | undefined): void {
  verdict.entries?.forEach(({ scorer, passed }, index) => {
    events.emit('score', { index, scorer, passed });
  });
  const { outcome, reason, message, scorePermille } = verdict;
  const text = answer === undefined ? undefined : cutCodePoints(answer, MAX_LINE_BYTES);
  events.emit('result', { outcome, reason, message, scorePermille, answer: text });
}
