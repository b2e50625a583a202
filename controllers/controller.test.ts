import { pino } from 'pino';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { systemClock } from './clock.ts';
import { Controller, type ControllerOptions } from './controller.ts';
import { ApiError } from './kube/errors.ts';
import { createMetrics } from './metrics.ts';
import { eventually } from './testing/eventually.ts';

function newController(reconcile: ControllerOptions['reconcile'], workers = 2) {
  const metrics = createMetrics();
  const logged: { level: number; msg: string }[] = [];
  const logger = pino({ level: 'debug' }, { write: (line) => void logged.push(JSON.parse(line)) });
  const controller = new Controller({ name: 'test', workers, reconcile, logger, metrics, clock: systemClock });
  onTestFinished(async () => void (await controller.stop(0)));
  const results = async () =>
    Object.fromEntries((await metrics.reconcile.total.get()).values.map(({ labels, value }) => [labels.result, value]));
  return { controller, logged, results };
}

describe('a controller', () => {
  it('keeps keys until it is started', async () => {
    const reconcile = vi.fn(async () => undefined);
    const { controller } = newController(reconcile);
    controller.enqueue('a');
    await Promise.resolve();
    expect(reconcile).not.toHaveBeenCalled();
    controller.start();
    await eventually(() => expect(reconcile).toHaveBeenCalledExactlyOnceWith('a'));
  });

  it('works on several keys at once, but never twice on the same', async () => {
    const running: string[] = [];
    const held = Promise.withResolvers<void>();
    let most = 0;
    const { controller } = newController(async (key) => {
      expect(running).not.toContain(key);
      running.push(key);
      most = Math.max(most, running.length);
      controller.enqueue(key === 'a' && most < 2 ? 'a' : 'b');
      await held.promise;
      running.splice(running.indexOf(key), 1);
      return undefined;
    }, 3);
    controller.start();
    for (const key of ['a', 'b', 'a', 'b']) controller.enqueue(key);
    await eventually(() => expect(running).toEqual(['a', 'b']));
    held.resolve();
    await controller.stop(1_000);
    expect(most).toBe(2);
  });

  it('tries again what failed, and says so once each time', async () => {
    let failures = 2;
    const { controller, logged, results } = newController(async () => {
      if (failures-- > 0) throw new Error('not yet');
      return undefined;
    });
    controller.start();
    controller.enqueue('a');
    await eventually(async () => expect(await results()).toEqual({ error: 2, success: 1 }));
    expect(logged.map(({ msg }) => msg)).toEqual(['reconcile failed', 'reconcile failed']);
  });

  it('does not raise its voice about a conflict', async () => {
    let failures = 1;
    const { controller, logged, results } = newController(async () => {
      if (failures-- > 0) throw new ApiError(409, 'Conflict', 'the object has been modified');
      return undefined;
    });
    controller.start();
    controller.enqueue('a');
    await eventually(async () => expect(await results()).toEqual({ error: 1, success: 1 }));
    expect(logged.map(({ level, msg }) => ({ level, msg }))).toEqual([{ level: 20, msg: 'conflict' }]);
  });

  it('comes again when a reconcile asks for it', async () => {
    const times: number[] = [];
    const { controller, results } = newController(async () => {
      times.push(performance.now());
      return times.length < 3 ? { requeueAfterMilliseconds: times.length === 1 ? 0 : 20 } : {};
    });
    controller.start();
    controller.enqueue('a');
    await eventually(async () => expect(await results()).toEqual({ requeue_after: 2, success: 1 }));
  });

  it('stops when what runs has ended, or when its time is up', async () => {
    const held = Promise.withResolvers<void>();
    const { controller } = newController(async () => void (await held.promise) as undefined);
    controller.start();
    controller.enqueue('a');
    controller.enqueue('b', 60_000);
    await Promise.resolve();
    expect(await controller.stop(10)).toBe(false);
    held.resolve();
    expect(await controller.stop(1_000)).toBe(true);
  });
});
