import { expect, test } from 'vitest';
import type { RuneRun } from '../../../crds/types.ts';
import { sampleBenchmark, sampleRun } from '../../benchmark/testing/sample.ts';
import { ApiError } from '../../kube/errors.ts';
import type { KubeObject } from '../../kube/resource.ts';
import { Freezer } from './freezer.ts';

const question = (id: string, prompt: string) => ({
  id,
  prompt,
  critical: false,
  passMarkPermille: 1000,
  context: 'x'.repeat(9000),
});
const catalogue = {
  agent: () => ({ metadata: {}, spec: { openai: { stream: true } } }) as never,
  backend: () => ({ metadata: {}, spec: { ollama: { url: 'http://m' } } }) as never,
};
const questions = (prompt: string) => Array.from({ length: 200 }, (_, index) => question(`q${index}`, prompt));

/** Objects by kind and name; `fail` may throw before or after the nth write. */
class Store {
  readonly objects = new Map<string, KubeObject & Record<string, unknown>>();
  writes = 0;
  failAt: { write: number; when: 'before' | 'after' } | undefined;

  readonly client = {
    get: async (resource: { kind: string }, name: string) =>
      structuredClone(this.objects.get(`${resource.kind}/${name}`)) as never,
    create: async (resource: { kind: string }, object: KubeObject) => {
      const key = `${resource.kind}/${object.metadata.name}`;
      const isHit = this.failAt?.write === this.writes++;
      if (isHit && this.failAt?.when === 'before') throw new Error('killed');
      if (this.objects.has(key)) throw new ApiError(409, 'AlreadyExists', 'it exists');
      this.objects.set(key, object as never);
      if (isHit) throw new Error('killed');
      return object as never;
    },
  };

  benchmark(prompt: string): void {
    this.objects.set('RuneBenchmark/nightly', sampleBenchmark({ questions: questions(prompt) }) as never);
  }
}

async function attempt(store: Store, run: RuneRun) {
  const freezer = new Freezer({ client: store.client });
  const found = await freezer.prepare({ run, catalogue, runs: [] });
  if (found.kind !== 'frozen') throw new Error(found.message);
  return await freezer.commit(run, found);
}

const steps = [0, 1, 2, 3].flatMap((write) => (['before', 'after'] as const).map((when) => ({ write, when })));

test.each(steps)(
  'killed $when write $write, and the questions edited meanwhile: what is frozen is of one version',
  async (failAt) => {
    const run = sampleRun('nightly-1');
    const store = new Store();
    store.benchmark('Old?');
    store.failAt = failAt;
    await attempt(store, run).catch(() => undefined);
    store.failAt = undefined;
    store.benchmark('New?');
    const frozen = await attempt(store, run);
    const prompts = frozen.questions.map(({ id, secret }) => {
      const held = store.objects.get(`Secret/${frozen.secrets[secret]}`) as
        | { data?: Record<string, string> }
        | undefined;
      return JSON.parse(Buffer.from(held?.data?.[`${id}.json`] ?? '', 'base64').toString() || '{}').prompt;
    });
    expect(new Set(prompts).size).toBe(1);
    expect(prompts[0]).toMatch(/^(Old|New)\?$/);
    // A new process reads the same.
    expect(await new Freezer({ client: store.client }).load(run)).toEqual(frozen);
    for (const object of store.objects.values()) {
      if (object.kind === 'RuneBenchmark') continue;
      expect(object.metadata.ownerReferences?.[0]).toMatchObject({
        kind: 'RuneRun',
        uid: 'uid-nightly-1',
        controller: true,
      });
    }
  },
);

test('a ControllerRevision of another run under that name is not taken', async () => {
  const store = new Store();
  store.benchmark('Old?');
  const run = sampleRun('nightly-1');
  store.objects.set('ControllerRevision/nightly-1-uid-nigh', {
    metadata: { name: 'x', ownerReferences: [] },
    data: {},
  } as never);
  expect(await new Freezer({ client: store.client }).load(run)).toBeUndefined();
  await expect(attempt(store, run)).rejects.toThrow('it exists');
});
