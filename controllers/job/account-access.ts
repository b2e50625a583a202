import { GROUP } from '../../crds/names.ts';
import { shorten } from '../sentence.ts';

/** What the condition ExpectedAnswersReadable says. */
export type AccountAccess = { readable: 'True' | 'False' | 'Unknown'; reason: string; message: string };

/** One thing that an account might do in its namespace, or in the whole cluster. `name`: with that object alone. */
export type Right = {
  verb: string;
  group: string;
  resource: string;
  subresource?: string;
  name?: string;
  isClusterWide?: true;
};

/** The objects that hold a job's expected answers: a right may be for one of them alone. */
export type AnswerHolders = {
  secret: string /** Absent where the question stands in the Secret only. */;
  job?: string;
};

/** What a review said; `undecided` is why it said nothing. */
export type Reviewed = { right: Right; isAllowed: boolean; undecided?: string };

const MAX_LISTED = 700;
/** A patch, an empty one too, is answered with the object, and the deletion of a collection with all that it held. */
const READ = ['get', 'list', 'watch', 'patch', 'deletecollection'];
const RBAC_GROUP = 'rbac.authorization.k8s.io';
const WRITE = ['create', 'update', 'patch'];
/** What makes Pods of a template, which may mount any Secret of the namespace. */
const WORKLOADS: Readonly<Record<string, readonly string[]>> = {
  '': ['replicationcontrollers'],
  apps: ['deployments', 'statefulsets', 'daemonsets', 'replicasets'],
  batch: ['jobs', 'cronjobs'],
};

/**
 * The ways to an expected answer that a namespace of Kubernetes has: to read it, to look into the runner, to change what
 * runs there, to make something that mounts its Secret, or to become somebody who may.
 */
export function waysToAnswers({ secret, job }: AnswerHolders): Right[] {
  return [
    ...rights(READ, GROUP, ['runejobs', 'runesuites', 'runebenchmarks']),
    ...(job === undefined ? [] : rights(READ, GROUP, ['runejobs']).map((right) => ({ ...right, name: job }))),
    ...rights(READ, '', ['secrets']),
    ...rights(READ, '', ['secrets']).map((right) => ({ ...right, name: secret })),
    ...['exec', 'attach'].flatMap((subresource) =>
      rights(['create', 'get'], '', ['pods']).map((right) => ({ ...right, subresource })),
    ),
    ...rights(['update', 'patch'], '', ['pods']).map((right) => ({ ...right, subresource: 'ephemeralcontainers' })),
    // The image of a Pod that runs can be changed, and what it mounts stays.
    ...rights(WRITE, '', ['pods']),
    ...Object.entries(WORKLOADS).flatMap(([group, resources]) => rights(WRITE, group, resources)),
    // With a RuneBackend of one's own a runner sends any Secret to a URL, and a RuneJob asks it to.
    ...rights(['create'], GROUP, ['runejobs']),
    ...rights(WRITE, GROUP, ['runebackends']),
    { verb: 'create', group: '', resource: 'serviceaccounts', subresource: 'token' },
    ...rights(['impersonate'], '', ['serviceaccounts']),
    ...rights(['bind', 'escalate'], RBAC_GROUP, ['roles']),
    ...rights(['bind'], RBAC_GROUP, ['clusterroles']),
    ...rights(['impersonate'], '', ['users', 'groups']).map(clusterWide),
    // The kubelet's own door to what runs on a node.
    ...rights(['create', 'get'], '', ['nodes']).map((right) => clusterWide({ ...right, subresource: 'proxy' })),
  ];
}

/** Decides on what the reviews of an account said. One way is enough; "no" needs an answer about each. */
export function accountAccess(account: string, reviewed: readonly Reviewed[]): AccountAccess {
  const allowed = reviewed.filter(({ isAllowed }) => isAllowed);
  if (allowed.length > 0) {
    const list = shorten(told(allowed.map(({ right }) => right)), MAX_LISTED);
    const message = `The agent's ServiceAccount "${account}" can reach expected answers: it may ${list}.`;
    return { readable: 'True', reason: 'AccountMay', message };
  }
  const undecided = reviewed.find((one) => one.undecided !== undefined);
  if (undecided !== undefined) {
    const why = shorten(
      (undecided.undecided ?? '')
        .replace(/\s+/g, ' ')
        .trim()
        .replace(/[.\s]+$/, ''),
      MAX_LISTED,
    );
    const message = `What the agent's ServiceAccount "${account}" may do could not be reviewed: ${why}.`;
    return { readable: 'Unknown', reason: 'ReviewFailed', message };
  }
  const message = `The agent's ServiceAccount "${account}" cannot read expected answers.`;
  return { readable: 'False', reason: 'AccountMayNot', message };
}

function clusterWide(right: Right): Right {
  return { ...right, isClusterWide: true };
}

function rights(verbs: readonly string[], group: string, resources: readonly string[]): Right[] {
  return resources.flatMap((resource) => verbs.map((verb) => ({ verb, group, resource })));
}

/** `get, list, watch secrets; create pods/exec`: in the order of the reviews, by object. */
function told(allowed: readonly Right[]): string {
  const verbs = Map.groupBy(allowed, objectOf);
  const isTold = (right: Right) => right.name === undefined || !verbs.has(objectOf({ ...right, name: undefined }));
  return [...verbs]
    .filter(([, [first]]) => first !== undefined && isTold(first))
    .map(([object, those]) => `${those.map(({ verb }) => verb).join(', ')} ${object}`)
    .join('; ');
}

function objectOf({ group, resource, subresource, name }: Omit<Right, 'name'> & { name?: string | undefined }): string {
  const plain = `${resource}${group === '' ? '' : `.${group}`}${subresource === undefined ? '' : `/${subresource}`}`;
  return name === undefined ? plain : `${plain} "${name}"`;
}
