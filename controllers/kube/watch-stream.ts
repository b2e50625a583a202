import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { ApiError, type ApiStatus, ConnectionError } from './errors.ts';
import type { KubeObject } from './resource.ts';

export type WatchEvent<T> =
  | { type: 'ADDED' | 'MODIFIED' | 'DELETED'; object: T }
  /** Nothing changed up to this resourceVersion. */
  | { type: 'BOOKMARK'; object: KubeObject };

/** A line longer than this is no object: the API server accepts requests of at most 3 MiB. */
const MAX_LINE = 16 * 1024 * 1024;

/**
 * The events of a watch, one JSON object a line. Returns when the server ends the watch. An ERROR event is thrown as
 * ApiError; a broken connection, a line that is not an event, and silence of `silenceMilliseconds` as ConnectionError.
 */
export async function* watchEvents<T>(body: Readable, silenceMilliseconds: number): AsyncGenerator<WatchEvent<T>> {
  const watchdog = setTimeout(() => body.destroy(new SilenceError(silenceMilliseconds)), silenceMilliseconds);
  try {
    for await (const line of lines(body, () => watchdog.refresh())) yield eventOf<T>(line);
  } catch (cause) {
    if (cause instanceof ApiError || cause instanceof ConnectionError) throw cause;
    throw new ConnectionError(`the watch broke off: ${cause instanceof Error ? cause.message : cause}`, true, {
      cause,
    });
  } finally {
    clearTimeout(watchdog);
    body.destroy();
  }
}

export class SilenceError extends Error {
  override readonly name = 'SilenceError';

  constructor(milliseconds: number) {
    super(`nothing was heard for ${milliseconds / 1000} s`);
  }
}

async function* lines(body: Readable, onData: () => void): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of body) {
    onData();
    const parts = (rest + decoder.write(chunk as Buffer)).split('\n');
    rest = parts.pop() ?? '';
    if (rest.length > MAX_LINE) throw new Error(`a line of more than ${MAX_LINE} characters`);
    for (const part of parts) if (part.trim() !== '') yield part;
  }
  // What stands behind the last line break was cut off; it comes again from the kept resourceVersion.
}

function eventOf<T>(line: string): WatchEvent<T> {
  const event = JSON.parse(line) as { type: string; object: unknown };
  switch (event.type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
    case 'BOOKMARK':
      return event as WatchEvent<T>;
    case 'ERROR': {
      const status = event.object as ApiStatus;
      const retryAfter = status.details?.retryAfterSeconds;
      throw new ApiError(status.code ?? 500, status.reason ?? 'Unknown', status.message ?? 'watch error', retryAfter);
    }
    default:
      throw new Error(`an event of type ${JSON.stringify(event.type)}`);
  }
}
