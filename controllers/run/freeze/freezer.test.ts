import { describe, expect, it, test } from 'vitest';
import type { FrozenRun } from '../../../crds/frozen-run.ts';
import type { RuneRun } from '../../../crds/types.ts';
import { ApiError } from '../../kube/errors.ts';
import {
  CONFIG_MAPS,
  CONTROLLER_REVISIONS,
  RUNE_BENCHMARKS,
  RUNE_SUITES,
  SECRETS,
  type Secret,
} from '../../kube/resource.ts';
import type { FreezeResult } from './freeze.ts';
import { Freezer } from './freezer.ts';
import { revisionName } from './frozen-objects.ts';
import { sha256 } from './question-secrets.ts';
import { type Fault, ObjectStore } from './testing/object-store.ts';
import { benchmark, input, NAMESPACE, question, run, suite } from './testing/objects.ts';

const IDS = ['a', 'b', 'c'];
/** Each fills a Secret of its own, so that there are three of them. */
const suiteOf = (version: string) =>
  suite(
    'basics',
    IDS.map((id) => question(id, { prompt: `${version} ${id}`, context: 'x'.repeat(600_000) })),
  );

describe('a run is frozen', () => {
  it('into Secrets first, and then the ControllerRevision that names them', async () => {
    const store = filled();
    const { frozen } = ok(await attempt(new Freezer({ client: store }), run()));
    const secrets = frozen.secrets.map((name) => `secrets/${name}`);
    expect(store.writes).toEqual([...secrets, `controllerrevisions/${revisionName(run())}`]);
  });

  it('into objects that it owns, that cannot be changed, and that bear its labels', async () => {
    const store = filled();
    await attempt(new Freezer({ client: store }), run());
    for (const { metadata } of [...store.all(SECRETS), ...store.all(CONTROLLER_REVISIONS)]) {
      expect(metadata.ownerReferences).toEqual([
        expect.objectContaining({ kind: 'RuneRun', name: 'nightly-1', uid: 'nightly-1-uid', controller: true }),
      ]);
      expect(metadata.labels).toMatchObject({
        'bench.rune.ai/run': 'nightly-1',
        'bench.rune.ai/run-uid': 'nightly-1-uid',
        'bench.rune.ai/benchmark': 'nightly',
      });
    }
    for (const secret of store.all(SECRETS)) {
      expect(secret).toMatchObject({ type: 'bench.rune.ai/revision', immutable: true });
    }
  });

  it('once, whoever asks for it again', async () => {
    const store = filled();
    const freezer = new Freezer({ client: store });
    const first = ok(await attempt(freezer, run()));
    const writes = store.writes.length;
    store.put(RUNE_SUITES, suiteOf('new'));
    expect(ok(await attempt(freezer, run())).frozen).toBe(first.frozen);
    expect(ok(await attempt(new Freezer({ client: store }), run())).frozen).toEqual(first.frozen);
    expect(store.writes).toHaveLength(writes);
  });

  it('with no more read than it needs', async () => {
    const store = filled();
    const from = (name: string) => ({ contextFrom: { configMapKeyRef: { name, key: 'k' } } });
    const tagged = [question('a', { tags: ['x'], ...from('one') }), question('b', { tags: ['y'], ...from('two') })];
    store.put(RUNE_SUITES, suite('basics', tagged));
    const data = { k: 'text', other: 'not needed' };
    store.put(CONFIG_MAPS, { metadata: { name: 'one' }, data } as never);
    ok(await attempt(new Freezer({ client: store }), run({ overrides: { tags: ['x'] } })));
    expect(store.reads).toContain('configmaps/one');
    expect(store.reads).not.toContain('configmaps/two');
  });
});

describe.each(['before', 'after'] as const)('the operator dies %s a write', (when) => {
  // Three Secrets and the ControllerRevision.
  test.each([0, 1, 2, 3])('number %d, and meanwhile the suite is edited', async (at) => {
    const store = filled((write) => (write === at ? when : undefined));
    await expect(attempt(new Freezer({ client: store }), run())).rejects.toThrow('cut');
    store.put(RUNE_SUITES, suiteOf('new'));
    const { frozen } = ok(await attempt(new Freezer({ client: store }), run()));
    const isCommitted = when === 'after' && at === 3;
    expect(versionsOf(store, frozen)).toEqual(IDS.map((id) => `${isCommitted ? 'old' : 'new'} ${id}`));
    expect(await new Freezer({ client: store }).load(run())).toEqual(frozen);
    expect(store.all(CONTROLLER_REVISIONS)).toHaveLength(1);
  });
});

describe('two operators at once', () => {
  it('agree on what was written first', async () => {
    const store = filled();
    const [one, two] = [new Freezer({ client: store }), new Freezer({ client: store })];
    const before = ok(await one.prepare(known(run())));
    store.put(RUNE_SUITES, suiteOf('new'));
    const first = ok(await two.commit(run(), ok(await two.prepare(known(run())))));
    const second = ok(await one.commit(run(), before));
    expect(second.frozen).toEqual(first.frozen);
    expect(versionsOf(store, second.frozen)).toEqual(['new a', 'new b', 'new c']);
  });
});

describe('what is in the way', () => {
  test.each([
    [403, 'secrets "x" is forbidden: exceeded quota: objects'],
    [422, 'Secret "x" is invalid'],
    [413, 'the request is too large'],
  ])('is told when the API server refuses with %d', async (code, words) => {
    const store = filled((write) => (write === 0 ? new ApiError(code, 'Refused', words) : undefined));
    const freezer = new Freezer({ client: store });
    const refused = await attempt(freezer, run());
    expect(refused).toMatchObject({
      kind: 'not frozen',
      isFinal: false,
      reason: 'ContentRefused',
      startDeadlineSeconds: 1200,
    });
    expect(refused.kind === 'not frozen' && refused.message).toContain(words);
    expect(refused.kind === 'not frozen' && refused.message).toMatch(/^[A-Z].*\.$/);
    ok(await attempt(freezer, run()));
  });

  test.each([409, 429, 500, 503])('is not told of a server that only could not now (%d)', async (code) => {
    const store = filled((write) => (write === 0 ? new ApiError(code, 'Later', 'later') : undefined));
    await expect(attempt(new Freezer({ client: store }), run())).rejects.toThrow('later');
  });

  it('is a ControllerRevision of somebody else, which is never taken for its own', async () => {
    const store = filled();
    const foreign = { metadata: { name: revisionName(run()) }, revision: 1, data: { v: 1 } };
    store.put(CONTROLLER_REVISIONS, foreign as never);
    const freezer = new Freezer({ client: store });
    expect(await freezer.load(run())).toBeUndefined();
    await expect(attempt(freezer, run())).rejects.toThrow('already exists');
  });

  it('are texts that are too long together, of which no more are read', async () => {
    const store = filled();
    const names = Array.from({ length: 60 }, (_, index) => `c${index}`);
    const questions = names.map((name) => question(name, { contextFrom: { configMapKeyRef: { name, key: 'k' } } }));
    store.put(RUNE_SUITES, suite('basics', questions));
    for (const name of names)
      store.put(CONFIG_MAPS, { metadata: { name }, data: { k: 'x'.repeat(700 * 1024) } } as never);
    expect(await attempt(new Freezer({ client: store }), run())).toMatchObject({
      reason: 'InvalidContent',
      isFinal: true,
      message: expect.stringContaining('at most 32 MiB in all'),
    });
    expect(store.reads.filter((path) => path.startsWith('configmaps/'))).toHaveLength(47);
  });

  it('are a benchmark or a suite that is not there', async () => {
    const freezer = new Freezer({ client: new ObjectStore() });
    expect(await attempt(freezer, run())).toMatchObject({ reason: 'BenchmarkNotFound', startDeadlineSeconds: 3600 });
    const store = new ObjectStore();
    store.put(RUNE_BENCHMARKS, benchmark());
    expect(await attempt(new Freezer({ client: store }), run())).toMatchObject({ reason: 'SuiteNotFound' });
  });
});

describe('what a run froze', () => {
  it('is read once, and again after it was forgotten', async () => {
    const store = filled();
    const freezer = new Freezer({ client: store });
    ok(await attempt(freezer, run()));
    const reads = () => store.reads.filter((path) => path === `controllerrevisions/${revisionName(run())}`).length;
    const before = reads();
    await freezer.load(run());
    expect(reads()).toBe(before);
    freezer.forget('nightly-1-uid');
    await freezer.load(run());
    await freezer.load(run());
    expect(reads()).toBe(before + 1);
  });

  it('is gone when its ControllerRevision is', async () => {
    expect(await new Freezer({ client: new ObjectStore() }).load(run())).toBeUndefined();
  });
});

function filled(faultAt?: (write: number) => Fault | undefined): ObjectStore {
  const store = new ObjectStore(faultAt);
  store.put(RUNE_BENCHMARKS, benchmark());
  store.put(RUNE_SUITES, suiteOf('old'));
  return store;
}

function known(of: RuneRun) {
  return { run: of, catalogue: input().catalogue, runs: [] };
}

async function attempt(freezer: Freezer, of: RuneRun): Promise<FreezeResult> {
  const prepared = await freezer.prepare(known(of));
  return prepared.kind === 'frozen' ? await freezer.commit(of, prepared) : prepared;
}

function ok(result: FreezeResult): Extract<FreezeResult, { kind: 'frozen' }> {
  if (result.kind !== 'frozen') throw new Error(result.message);
  return result;
}

/** The prompts of the questions where they are frozen; each is checked against its hash. */
function versionsOf(store: ObjectStore, { questions, secrets }: FrozenRun): string[] {
  return questions.map(({ id, secret, sha256: hash }) => {
    const found = store.all(SECRETS).find(({ metadata }) => metadata.name === secrets[secret]) as Secret | undefined;
    expect(found?.metadata.namespace).toBe(NAMESPACE);
    const asked = JSON.parse(Buffer.from(found?.data?.[`${id}.json`] ?? '', 'base64').toString());
    expect(sha256(asked).slice(0, 12)).toBe(hash);
    return asked.prompt;
  });
}
