import { expect, test } from 'vitest';
import type { RuneJob } from '../crds/types.ts';
import { projectJob } from './job/project.ts';
import { sampleJob } from './job/testing/sample.ts';
import { OwnWrites } from './own-writes.ts';

const version = (resourceVersion: string, uid = 'a'): RuneJob =>
  projectJob(sampleJob({}, undefined, { uid, resourceVersion }));

test.each<[string, RuneJob | undefined, RuneJob | undefined]>([
  ['an older cached object', version('9'), version('10')],
  ['the same', version('10'), version('10')],
  ['a newer one', version('11'), version('11')],
  ['one made again under the name', version('9', 'b'), version('9', 'b')],
  ['none', undefined, undefined],
])('after our write of version 10 the cache has %s', (_name, cached, newest) => {
  const own = new OwnWrites(projectJob);
  own.remember('team/sum', version('10'));
  expect(own.newest('team/sum', cached)).toEqual(newest);
});

test('a write is forgotten once the cache has it', () => {
  const own = new OwnWrites(projectJob);
  own.remember('team/sum', version('10'));
  own.newest('team/sum', version('10'));
  expect(own.newest('team/sum', version('9'))).toEqual(version('9'));
});

test('our write is kept as the cache keeps its objects', () => {
  const own = new OwnWrites(projectJob);
  own.remember('team/sum', sampleJob({}, undefined, { resourceVersion: '10' }));
  expect(own.newest('team/sum', version('9', '0123456789'))?.spec.question?.prompt).toBe('');
});
