import { describe, expect, test, vi } from 'vitest';
import type { Pod } from '../../crds/raw.ts';
import { ApiError } from '../kube/errors.ts';
import { releasePod } from './release.ts';
import { samplePod } from './testing/sample.ts';

const OURS = 'bench.rune.ai/result';
const pod = (resourceVersion: string, finalizers = ['other/one', OURS], uid = 'pod-1') =>
  samplePod(1, {}, { finalizers, resourceVersion, uid });
const clientWith = (errors: ApiError[], live?: Pod) => ({
  get: vi.fn(async () => live as never),
  patch: vi.fn(async () => {
    const error = errors.shift();
    if (error !== undefined) throw error;
    return {} as never;
  }),
});
const conflict = () => new ApiError(409, 'Conflict', 'modified');

describe('a Pod is let go', () => {
  test('by a patch of the version that was seen, and the finalizers of others stay', async () => {
    const client = clientWith([]);
    await releasePod(client, pod('5'));
    const [, name, namespace, patch, preconditions] = client.patch.mock.calls[0] as unknown as unknown[];
    expect([name, namespace]).toEqual(['sum-1', 'team']);
    expect(patch).toEqual({ metadata: { finalizers: ['other/one'] } });
    expect(preconditions).toEqual({ resourceVersion: '5' });
  });

  test.each([
    ['one that is free', pod('5', ['other/one']), [], undefined, 0],
    ['one that is gone', pod('5'), [new ApiError(404, 'NotFound', 'gone')], undefined, 1],
    ['one that was changed meanwhile', pod('5'), [conflict()], pod('6'), 2],
    ['one that was changed and is free now', pod('5'), [conflict()], pod('6', []), 1],
    ['one that was changed and is gone', pod('5'), [conflict()], undefined, 1],
    ['one that was made again', pod('5'), [conflict()], pod('6', [OURS], 'other'), 1],
  ])('%s', async (_name, seen, errors, live, writes) => {
    const client = clientWith(errors, live);
    await releasePod(client, seen);
    expect(client.patch).toHaveBeenCalledTimes(writes);
  });

  test('and another refusal is told', async () => {
    const client = clientWith([new ApiError(403, 'Forbidden', 'no')]);
    await expect(releasePod(client, pod('5'))).rejects.toThrow('no');
  });
});
