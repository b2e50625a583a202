import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { OPERATOR_USER } from '../../e2e/faults/operator-account.ts';

/** The fields of audit.k8s.io/v1 Events that are read here. */
type AuditEvent = {
  verb: string;
  user: { username: string };
  objectRef?: { namespace?: string; resource?: string; subresource?: string };
  responseStatus?: { code?: number };
};

const WRITES = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);
const JOB_CONTROLLER = 'system:serviceaccount:kube-system:job-controller';

export type Writer = 'operator' | 'Job controller';

/** Writes that the API server did in a namespace, by what was written: `patch runejobs/status`. Clean-up and Events, too. */
export async function writesIn(auditLog: string, namespace: string, writer: Writer): Promise<Map<string, number>> {
  const username = writer === 'operator' ? OPERATOR_USER : JOB_CONTROLLER;
  const counts = new Map<string, number>();
  for await (const line of createInterface({ input: createReadStream(auditLog) })) {
    if (!line.includes(`"namespace":"${namespace}"`)) continue;
    const { verb, user, objectRef, responseStatus } = JSON.parse(line) as AuditEvent;
    const isDone = WRITES.has(verb) && (responseStatus?.code ?? 500) < 300;
    if (!isDone || user.username !== username || objectRef?.namespace !== namespace) continue;
    const { resource = '', subresource } = objectRef;
    const what = `${verb} ${subresource === undefined ? resource : `${resource}/${subresource}`}`;
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  return counts;
}

/** Those that bring a job to its end: no Events, and nothing that only takes away. */
export function isWork(what: string): boolean {
  return !what.startsWith('delete') && !what.endsWith(' events');
}
