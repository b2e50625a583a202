import { DriverError } from './protocol.ts';
import { modelErrorNames } from './server/settings.ts';

/** A message of a run, as LangGraph's server writes it. */
export type Message = AiMessage | ToolMessage | { readonly type: 'human' | 'system' };

export interface AiMessage {
  readonly type: 'ai';
  readonly content: Content;
  readonly tool_calls: readonly { readonly id: string; readonly name: string; readonly args: object }[];
  readonly invalid_tool_calls: readonly { readonly name: string }[];
  readonly usage_metadata?: { readonly input_tokens: number; readonly output_tokens: number };
}

export interface ToolMessage {
  readonly type: 'tool';
  readonly name: string;
  readonly tool_call_id: string;
  readonly status: 'success' | 'error';
  readonly content: Content;
  readonly artifact?: { readonly milliseconds: number };
}

type Content = string | readonly { readonly type: string; readonly text?: string }[];

/** The messages that an event `updates` brings: `{"<node>": {"messages": [...]}}`. */
export function readUpdate(data: string): Message[] {
  const nodes = Object.values(JSON.parse(data) as Record<string, { messages?: Message[] } | null>);
  return nodes.flatMap((node) => node?.messages ?? []);
}

export function textOf(content: Content): string {
  return typeof content === 'string' ? content : content.map(({ text }) => text ?? '').join('');
}

/** What an event `error` means: `{"error": "<name>", "message": "..."}`. */
export function failureOf(data: string): DriverError {
  const { error, message } = JSON.parse(data) as { error: string; message: string };
  if (error === modelErrorNames.failed) return new DriverError('model', `a call to the model failed: ${message}`);
  if (error === modelErrorNames.timedOut) return new DriverError('timeout', `the model was waited for: ${message}`);
  if (error === 'GraphRecursionError') {
    return new DriverError('agent', 'the agent had no answer when its steps were used up (options.maxSteps)');
  }
  return new DriverError('agent', `${error}: ${message}`);
}
