import { describe, expect, test } from 'vitest';
import { MAX_CONDITION_MESSAGE } from '../../crds/conditions.ts';
import { accountAccess, type Right, waysToAnswers } from './account-access.ts';

const ways = waysToAnswers({ secret: 'sum-question', job: 'sum' });
const may = (isAllowed: (right: Right) => boolean, undecided: (right: Right) => string | undefined = () => undefined) =>
  accountAccess(
    'looker',
    ways.map((right) => {
      const why = undecided(right);
      return { right, isAllowed: isAllowed(right), ...(why === undefined ? {} : { undecided: why }) };
    }),
  );
const isOf = (resource: string, subresource?: string) => (right: Right) =>
  right.resource === resource && right.subresource === subresource;

test('no way at all', () => {
  const message = 'The agent\'s ServiceAccount "looker" cannot read expected answers.';
  expect(may(() => false)).toEqual({ readable: 'False', reason: 'AccountMayNot', message });
});

describe('one way is enough, and is named', () => {
  test.each<[string, (right: Right) => boolean]>([
    [
      'get, list, watch runejobs.bench.rune.ai',
      (right) => isOf('runejobs')(right) && ['get', 'list', 'watch'].includes(right.verb),
    ],
    ['get runejobs.bench.rune.ai "sum"', (right) => right.name === 'sum' && right.verb === 'get'],
    ['create runejobs.bench.rune.ai', (right) => isOf('runejobs')(right) && right.verb === 'create'],
    ['get, list, watch, patch, deletecollection secrets', isOf('secrets')],
    ['list secrets', (right) => isOf('secrets')(right) && right.verb === 'list'],
    ['patch secrets', (right) => isOf('secrets')(right) && right.verb === 'patch'],
    ['watch secrets "sum-question"', (right) => right.name === 'sum-question' && right.verb === 'watch'],
    ['create, get pods/exec', isOf('pods', 'exec')],
    ['create, get pods/attach', isOf('pods', 'attach')],
    ['update, patch pods/ephemeralcontainers', isOf('pods', 'ephemeralcontainers')],
    ['create, update, patch pods', isOf('pods')],
    ['create, update, patch deployments.apps', isOf('deployments')],
    ['create, update, patch cronjobs.batch', isOf('cronjobs')],
    ['create, update, patch replicationcontrollers', isOf('replicationcontrollers')],
    ['create serviceaccounts/token', isOf('serviceaccounts', 'token')],
    ['impersonate serviceaccounts', isOf('serviceaccounts')],
    ['impersonate users', isOf('users')],
    ['bind, escalate roles.rbac.authorization.k8s.io', isOf('roles')],
    ['create, update, patch runebackends.bench.rune.ai', isOf('runebackends')],
    ['create, get nodes/proxy', isOf('nodes', 'proxy')],
    [
      'create pods/exec; create pods',
      (right) => right.resource === 'pods' && right.verb === 'create' && right.subresource !== 'attach',
    ],
  ])('%s', (said, isAllowed) => {
    const message = `The agent's ServiceAccount "looker" can reach expected answers: it may ${said}.`;
    expect(may(isAllowed)).toEqual({ readable: 'True', reason: 'AccountMay', message });
  });
});

test('who may do everything is told so within the bound of a condition', () => {
  const { message } = may(() => true);
  expect(message.length).toBeLessThanOrEqual(MAX_CONDITION_MESSAGE);
  expect(message).toContain('get, list, watch, patch, deletecollection secrets;');
  expect(message).not.toContain('secrets "sum-question"');
});

test('what could not be reviewed makes a "no" unknown, and no "yes"', () => {
  const message = 'What the agent\'s ServiceAccount "looker" may do could not be reviewed: no answer in time.';
  const failed = (right: Right) => (right.resource === 'secrets' ? ' no answer\nin time. ' : undefined);
  expect(may(() => false, failed)).toEqual({ readable: 'Unknown', reason: 'ReviewFailed', message });
  expect(may(isOf('pods', 'exec'), failed).readable).toBe('True');
});
