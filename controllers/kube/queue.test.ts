import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../clock.ts';
import { createMetrics } from '../metrics.ts';
import { KeyQueue } from './queue.ts';

beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] }));
afterEach(() => vi.useRealTimers());

function newQueue(random = () => 0) {
  const metrics = createMetrics();
  const queue = new KeyQueue({ name: 'test', metrics, clock: systemClock, random });
  const taken: (string | undefined)[] = [];
  const take = () => void queue.take().then((key) => taken.push(key));
  return { metrics, queue, taken, take };
}

const settle = () => vi.advanceTimersByTimeAsync(0);

describe('a key queue', () => {
  it('hands keys out in their order, each once', async () => {
    const { queue, taken, take } = newQueue();
    for (const key of ['a', 'b', 'a', 'c', 'b']) queue.add(key);
    expect(queue.length).toBe(3);
    for (let i = 0; i < 4; i++) take();
    await settle();
    expect(taken).toEqual(['a', 'b', 'c']);
    queue.add('d');
    await settle();
    expect(taken).toEqual(['a', 'b', 'c', 'd']);
  });

  it('never hands out a key that is worked on, and hands it out once more when it was added meanwhile', async () => {
    const { queue, taken, take } = newQueue();
    queue.add('a');
    take();
    await settle();
    queue.add('a');
    queue.add('a');
    take();
    take();
    await settle();
    expect(taken).toEqual(['a']);
    queue.done('a');
    await settle();
    expect(taken).toEqual(['a', 'a']);
    queue.done('a');
    await settle();
    expect(taken).toEqual(['a', 'a']);
  });

  it('keeps the earlier of two delays', async () => {
    const { queue, taken, take } = newQueue();
    take();
    take();
    queue.add('a', 5_000);
    queue.add('a', 1_000);
    queue.add('a', 3_000);
    await vi.advanceTimersByTimeAsync(999);
    expect(taken).toEqual([]);
    await vi.advanceTimersByTimeAsync(2);
    expect(taken).toEqual(['a']);
    queue.done('a');
    await vi.advanceTimersByTimeAsync(10_000);
    expect(taken).toEqual(['a']);
  });

  it('waits for longer than a timer can', async () => {
    const { queue, taken, take } = newQueue();
    const days = 24 * 3_600_000;
    take();
    queue.add('a', 60 * days);
    await vi.advanceTimersByTimeAsync(59 * days);
    expect(taken).toEqual([]);
    await vi.advanceTimersByTimeAsync(2 * days);
    expect(taken).toEqual(['a']);
  });

  it.each([
    ['without jitter', () => 0, [5, 10, 20, 40, 80]],
    ['with the most jitter', () => 1, [2.5, 5, 10, 20, 40]],
  ])('doubles the delay of a key that fails, %s, until it is forgotten', (_, random, delays) => {
    const { queue } = newQueue(random);
    expect(delays.map(() => queue.addAfterFailure('a'))).toEqual(delays);
    expect(queue.addAfterFailure('b')).toBe(delays[0]);
    queue.forget('a');
    expect(queue.addAfterFailure('a')).toBe(delays[0]);
  });

  it('delays a key that fails by at most five minutes', () => {
    const { queue } = newQueue();
    const delays = Array.from({ length: 2_000 }, () => queue.addAfterFailure('a'));
    expect(delays.at(-1)).toBe(300_000);
    expect(Math.max(...delays)).toBe(300_000);
  });

  it('lets everybody go when it is shut down, and takes nothing more', async () => {
    const { queue, taken, take } = newQueue();
    take();
    queue.add('later', 10);
    queue.shutDown();
    take();
    queue.add('a');
    await vi.advanceTimersByTimeAsync(100);
    expect(taken).toEqual([undefined, undefined]);
    expect(queue.length).toBe(0);
  });

  it('counts with the names of client-go', async () => {
    const { metrics, queue, take } = newQueue();
    queue.add('a');
    queue.add('b');
    take();
    await settle();
    await vi.advanceTimersByTimeAsync(3_000);
    queue.addAfterFailure('a');
    const text = await metrics.registry.metrics();
    expect(text.split('\n').filter((line) => line.startsWith('workqueue_') && !line.includes('bucket'))).toEqual([
      'workqueue_depth{name="test"} 1',
      'workqueue_adds_total{name="test"} 2',
      'workqueue_retries_total{name="test"} 1',
      'workqueue_queue_duration_seconds_sum{name="test"} 0',
      'workqueue_queue_duration_seconds_count{name="test"} 1',
      'workqueue_unfinished_work_seconds{name="test"} 3',
      'workqueue_longest_running_processor_seconds{name="test"} 3',
    ]);
  });
});
