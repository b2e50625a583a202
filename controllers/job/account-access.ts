import { GROUP } from '../../crds/names.ts';
import { shorten } from './sentence.ts';

/** What the condition ExpectedAnswersReadable says. */
export type AccountAccess = { readable: 'True' | 'False' | 'Unknown'; reason: string; message: string };

/** One thing that an account might do in its namespace. `name`: with that object alone. */
export type Right = { verb: string; group: string; resource: string; subresource?: string; name?: string };

/** What a review said; `undecided` is why it said nothing. */
export type Reviewed = { right: Right; isAllowed: boolean; undecided?: string };

const MAX_LISTED = 700;
const READ = ['get', 'list', 'watch'];
const WRITE = ['create', 'update', 'patch'];
/** What makes Pods of a template, which may mount any Secret of the namespace. */
const WORKLOADS: Readonly<Record<string, readonly string[]>> = {
  '': ['replicationcontrollers'],
  apps: ['deployments', 'statefulsets', 'daemonsets', 'replicasets'],
  batch: ['jobs', 'cronjobs'],
};

/**
 * The ways to an expected answer that a namespace of Kubernetes has: to read it, to look into the runner, to make
 * something that mounts its Secret, or to become somebody who may.
 * @param secret name of the Secret that holds the job's question: a right may be for it alone
 */
export function waysToAnswers(secret: string): Right[] {
  return [
    ...rights(READ, GROUP, ['runejobs', 'runesuites', 'runebenchmarks']),
    ...rights(READ, '', ['secrets']),
    { verb: 'get', group: '', resource: 'secrets', name: secret },
    ...['exec', 'attach'].flatMap((subresource) =>
      rights(['create', 'get'], '', ['pods']).map((right) => ({ ...right, subresource })),
    ),
    ...rights(['update', 'patch'], '', ['pods']).map((right) => ({ ...right, subresource: 'ephemeralcontainers' })),
    ...rights(['create'], '', ['pods']),
    ...Object.entries(WORKLOADS).flatMap(([group, resources]) => rights(WRITE, group, resources)),
    // Of those the second can have a runner send any Secret to a URL, the first can ask for that.
    ...rights(['create'], GROUP, ['runejobs', 'runebackends']),
    { verb: 'create', group: '', resource: 'serviceaccounts', subresource: 'token' },
    { verb: 'impersonate', group: '', resource: 'serviceaccounts' },
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
