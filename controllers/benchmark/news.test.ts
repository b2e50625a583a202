import { expect, test } from 'vitest';
import { News } from './news.ts';
import { manyMissed, missed } from './stories.ts';

test('a story that is found again in a row is told once', () => {
  const news = new News();
  const [one, other] = [missed(0, 60), manyMissed()];
  expect(news.of('a', [one])).toEqual([one]);
  expect(news.of('a', [one, other])).toEqual([other]);
  expect(news.of('b', [one])).toEqual([one]);
  expect(news.of('a', [])).toEqual([]);
  expect(news.of('a', [one])).toEqual([one]);
  news.forget('a');
  expect(news.of('a', [one])).toEqual([one]);
});
