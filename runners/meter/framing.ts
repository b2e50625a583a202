import type { Metered } from './endpoint.ts';

/** How an answer is cut: server-sent events, lines of JSON, or one piece of JSON. */
export type Framing = 'events' | 'lines' | 'whole';

export type Expected = Pick<Metered, 'frames'> & { streamed: boolean };

/** What the meter calls each framing to its agent, whatever the backend called it. */
export const CONTENT_TYPES: { readonly [framing in Framing]: string } = {
  events: 'text/event-stream',
  lines: 'application/x-ndjson',
  whole: 'application/json',
};

/** What the content type alone tells; undefined when the first bytes must decide, since not all servers name the type of a stream. */
export function framingOfType(contentType: string | undefined): Framing | undefined {
  const type = contentType?.toLowerCase() ?? '';
  if (type.includes('event-stream')) return 'events';
  if (/ndjson|jsonl/.test(type)) return 'lines';
  return type.includes('html') ? 'whole' : undefined;
}

/** What the beginning of an answer tells; undefined while it may still be either. */
export function framingOfBeginning(beginning: Buffer, expected: Expected): Framing | undefined {
  const text = beginning.toString('utf8').replace(/^[\ufeff\s]+/, '');
  if (/^(data|event|id|retry)?:/.test(text)) return 'events';
  // A field's name may be cut.
  if (text === '' || /^[a-z]{1,5}$/.test(text)) return undefined;
  return expected.frames === 'lines' && expected.streamed ? 'lines' : 'whole';
}

/** What was expected, for an answer that ended before it told. */
export function framingOfNothing({ frames, streamed }: Expected): Framing {
  return streamed ? frames : 'whole';
}
