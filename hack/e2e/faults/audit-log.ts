import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

/** What a rule of RBAC grants, and what a request asks for: `patch bench.rune.ai/runejobs/status`. */
export type Right = string;

/** The fields of audit.k8s.io/v1 Events that are read here. */
type AuditEvent = {
  requestReceivedTimestamp: string;
  verb: string;
  user: { username: string };
  objectRef?: { apiGroup?: string; resource?: string; subresource?: string };
  annotations?: Record<string, string>;
};

/** A 403 alone does not tell: admission, too, answers so. */
const DECISION = 'authorization.k8s.io/decision';

type Rule = { apiGroups?: string[]; resources?: string[]; verbs: string[] };

export type Asked = { allowed: Set<Right>; refused: Set<Right> };

/** All that a user asked of the API server's objects since a moment, by what RBAC said to it. */
export async function askedBy(auditLog: string, username: string, since: Date): Promise<Asked> {
  const asked: Asked = { allowed: new Set(), refused: new Set() };
  for await (const line of createInterface({ input: createReadStream(auditLog) })) {
    // The log holds every request of the cluster; most lines are somebody else's.
    if (!line.includes(username)) continue;
    const { user, objectRef, verb, requestReceivedTimestamp, annotations } = JSON.parse(line) as AuditEvent;
    if (user.username !== username || objectRef === undefined) continue;
    if (Date.parse(requestReceivedTimestamp) < since.getTime()) continue;
    const { apiGroup = '', resource = '', subresource } = objectRef;
    const right = rightOf(verb, apiGroup, subresource === undefined ? resource : `${resource}/${subresource}`);
    (annotations?.[DECISION] === 'forbid' ? asked.refused : asked.allowed).add(right);
  }
  return asked;
}

/** What rules of Roles and ClusterRoles grant. */
export function rightsOf(rules: readonly Rule[]): Set<Right> {
  return new Set(
    rules.flatMap(({ apiGroups = [], resources = [], verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) => verbs.map((verb) => rightOf(verb, group, resource))),
      ),
    ),
  );
}

function rightOf(verb: string, group: string, resource: string): Right {
  return `${verb} ${group === '' ? '' : `${group}/`}${resource}`;
}
