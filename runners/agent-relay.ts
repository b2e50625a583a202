import { redactAnswer } from './meter/sanitize.ts';
import type { DriverEvent } from './protocol/event.ts';
import type { EventFields, EventLog } from './sink/events.ts';
import type { ToolCalls } from './tool-calls.ts';

/** Takes what an agent tells while it works. */
export type AgentRelay = {
  event: (event: DriverEvent) => void;
  /** At the end, where there were events that were not told of. */
  dropped: (count: number) => void;
};

/** Writes an agent's events as event lines that say whose they are, without the key, and notes its calls of tools. */
export function relayTo(events: EventLog, toolCalls: ToolCalls, apiKey: string | undefined): AgentRelay {
  const emit = (type: DriverEvent['event'], fields: EventFields): void => {
    const shown = Object.entries(fields).map(([name, value]) => [
      name,
      typeof value === 'string' ? redactAnswer(value, apiKey) : value,
    ]);
    events.emit(type, { from: 'agent', ...Object.fromEntries(shown) });
  };
  return {
    event(event) {
      if (event.event === 'tool') toolCalls.add('driver', event.name);
      emit(event.event, fieldsOf(event));
    },
    dropped(count) {
      events.emit('log', { message: `The agent told more than 10,000 events; ${count} are left out.` });
    },
  };
}

function fieldsOf(event: DriverEvent): EventFields {
  switch (event.event) {
    case 'log':
      return { message: event.message };
    case 'progress':
      return { message: event.message, percent: event.percent };
    case 'tool': {
      const { name, status, milliseconds, message } = event;
      return { name, arguments: event.arguments && JSON.stringify(event.arguments), status, milliseconds, message };
    }
    case 'usage':
      return { inputTokens: event.input_tokens, outputTokens: event.output_tokens };
  }
}
