import { beforeEach, expect, test } from 'vitest';
import type { KubeClient } from '../kube/client.ts';
import { ApiError } from '../kube/errors.ts';
import type { SubjectAccessReview } from '../kube/resource.ts';
import { TestClock } from '../testing/parts.ts';
import { waysToAnswers } from './account-access.ts';
import { AccountReviews } from './account-reviews.ts';

type Answer = (asked: SubjectAccessReview) => Partial<SubjectAccessReview>;

const COUNT = waysToAnswers({ secret: 'q' }).length;
const BY_NAME = waysToAnswers({ secret: 'q' }).filter(({ name }) => name !== undefined).length;
let asked: SubjectAccessReview[];
let answer: Answer;
let clock: TestClock;
let reviews: AccountReviews;

beforeEach(() => {
  asked = [];
  answer = () => ({ status: { allowed: false } });
  clock = new TestClock();
  const create = async (_resource: unknown, review: unknown) => {
    asked.push(review as SubjectAccessReview);
    return answer(review as SubjectAccessReview);
  };
  reviews = new AccountReviews({ client: { create: create as unknown as KubeClient['create'] }, clock });
});

test('each way is asked for as the account of that namespace', async () => {
  expect((await reviews.access('team', 'looker', { secret: 'q' })).readable).toBe('False');
  expect(asked.map(({ spec }) => spec.resourceAttributes)).toEqual(
    waysToAnswers({ secret: 'q' }).map(({ isClusterWide, ...right }) =>
      isClusterWide ? right : { namespace: 'team', ...right },
    ),
  );
  expect(new Set(asked.map(({ spec }) => spec.user))).toEqual(new Set(['system:serviceaccount:team:looker']));
  expect(asked[0]?.spec.groups).toEqual([
    'system:serviceaccounts',
    'system:serviceaccounts:team',
    'system:authenticated',
  ]);
});

test('an answer is kept for a minute, for that account and that Secret', async () => {
  await Promise.all([
    reviews.access('team', 'looker', { secret: 'q' }),
    reviews.access('team', 'looker', { secret: 'q' }),
  ]);
  expect(asked).toHaveLength(COUNT);
  await reviews.access('team', 'looker', { secret: 'another' });
  expect(asked).toHaveLength(COUNT + BY_NAME);
  await reviews.access('team', 'other', { secret: 'q' });
  expect(asked).toHaveLength(2 * COUNT + BY_NAME);
  clock.milliseconds += 60_000;
  await reviews.access('team', 'looker', { secret: 'q' });
  expect(asked).toHaveLength(3 * COUNT + BY_NAME);
});

test('what is refused or not decided makes it unknown, and is asked again', async () => {
  answer = () => {
    throw new ApiError(403, 'Forbidden', 'subjectaccessreviews is forbidden.');
  };
  expect(await reviews.access('team', 'looker', { secret: 'q' })).toMatchObject({
    readable: 'Unknown',
    message: expect.stringContaining(': subjectaccessreviews is forbidden.'),
  });
  answer = () => ({ status: { allowed: false, evaluationError: 'the role is missing' } });
  expect((await reviews.access('team', 'looker', { secret: 'q' })).message).toContain('the role is missing');
  answer = () => ({ status: { allowed: true } });
  expect((await reviews.access('team', 'looker', { secret: 'q' })).readable).toBe('True');
});

test('the oldest answers are forgotten', async () => {
  for (let number = 0; number < 2000; number++) await reviews.access('team', 'looker', { secret: `q-${number}` });
  asked = [];
  await reviews.access('team', 'looker', { secret: 'q-1999' });
  await reviews.access('team', 'looker', { secret: 'q-0' });
  expect(asked.filter(({ spec }) => spec.resourceAttributes?.name !== undefined)).toHaveLength(BY_NAME);
});
