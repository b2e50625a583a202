import type { RuneJob } from '../../../crds/types.ts';
import type { Write } from './write-log.ts';

/**
 * Which step of a job's life a write is, the same for every job that lives alike: `status PodCreating 1`, `POST pods -1`.
 * Undefined for a write that is not about the job.
 */
export function stepOf({ method, path, body }: Write, namespace: string, name: string): string | undefined {
  const own = path.split(`/namespaces/${namespace}/`)[1];
  if (own === undefined) return undefined;
  const [plural = '', object, subresource] = own.split('/');
  if (plural === 'events') return ofEvent(method, body as EventBody, name);
  if (plural === 'runejobs') {
    if (object !== name) return undefined;
    return subresource === 'status' ? ofStatus((body as RuneJob).status ?? {}) : `${method} runejobs`;
  }
  const about = object ?? (body as { metadata: { name: string } }).metadata.name;
  if (!about.startsWith(`${name}-`)) return undefined;
  const suffix = plural === 'pods' ? ` ${about.slice(name.length)}` : '';
  return `${method} ${plural}${suffix}`;
}

type EventBody = { reason?: string; involvedObject?: { name?: string } };

function ofEvent(method: string, { reason, involvedObject }: EventBody, name: string): string | undefined {
  return method === 'POST' && involvedObject?.name === name ? `event ${reason}` : undefined;
}

function ofStatus(status: NonNullable<RuneJob['status']>): string {
  const started = status.conditions?.find(({ type }) => type === 'Started');
  // A patch that does not change the attempts has only this to tell them apart.
  const attempt = status.attempts?.at(-1)?.number ?? /^Attempt (\d+) /.exec(started?.message ?? '')?.[1];
  return ['status', status.outcome ?? started?.reason, attempt].filter((part) => part !== undefined).join(' ');
}
