import { setImmediate } from 'node:timers/promises';
import type { FrozenRun } from '../../../crds/frozen-run.ts';
import { RUN_STARTED_REASON } from '../../../crds/names.ts';
import type { RuneBenchmark, RuneRun, RuneSuite } from '../../../crds/types.ts';
import type { KubeClient } from '../../kube/client.ts';
import { ApiError, isAlreadyExists } from '../../kube/errors.ts';
import { CONFIG_MAPS, CONTROLLER_REVISIONS, RUNE_BENCHMARKS, RUNE_SUITES, SECRETS } from '../../kube/resource.ts';
import { sentence } from '../../sentence.ts';
import type { Catalogue } from './cells.ts';
import { type Asked, type FreezeResult, type Frozen, freeze, notFrozen, questionsOf } from './freeze.ts';
import { revisionName, revisionOf, secretOf } from './frozen-objects.ts';
import { suiteNames } from './matrix.ts';
import { NotFrozenError } from './not-frozen.ts';
import { MOST_RUN_BYTES, refuseTooLong } from './question-secrets.ts';
import { keysOf, Sources } from './resolve-question.ts';

type FreezerParts = { client: Pick<KubeClient, 'get' | 'create'> };
type Known = { run: RuneRun; catalogue: Catalogue /** Of the namespace. */; runs: readonly RuneRun[] };

/** Reads what a run freezes, writes what it froze, and reads that again. */
export class Freezer {
  readonly #client: FreezerParts['client'];
  /** By the run's uid, of runs that go on. */
  readonly #frozen = new Map<string, FrozenRun>();

  constructor({ client }: FreezerParts) {
    this.#client = client;
  }

  /**
   * What the run would ask if it started now, or what it has frozen before a restart. Questions are read where they are,
   * since no cache holds them.
   */
  async prepare({ run, catalogue, runs }: Known): Promise<FreezeResult> {
    const before = await this.load(run);
    if (before !== undefined) return { kind: 'frozen', frozen: before, secrets: [] };
    const { namespace } = run.metadata;
    const benchmark = await this.#client.get(RUNE_BENCHMARKS, run.spec.benchmarkRef.name, namespace);
    const suites = await this.#suites(run, benchmark);
    const asked = { run, benchmark, suites: (name: string) => suites.get(name) };
    try {
      return freeze({ ...asked, sources: await this.#sources(asked), catalogue, runs });
    } catch (error) {
      return notFrozen(error, benchmark?.spec.jobTemplate);
    }
  }

  /**
   * Writes it down, the Secrets before the ControllerRevision that names them, which settles the content: whoever comes
   * to it second takes what is there.
   */
  async commit(run: RuneRun, { frozen, secrets }: Frozen): Promise<FreezeResult> {
    try {
      return { kind: 'frozen', frozen: await this.#write(run, frozen, secrets), secrets: [] };
    } catch (error) {
      if (!isRefusal(error)) throw error;
      const said = sentence('The API server refuses what the run froze', error.message);
      const message = `${said} Look at the quotas and admission policies of the namespace; the run goes on by itself.`;
      const why = { reason: RUN_STARTED_REASON.contentRefused, message, isFinal: false };
      return notFrozen(new NotFrozenError(why), frozen.jobTemplate);
    }
  }

  async #write(run: RuneRun, frozen: FrozenRun, secrets: Frozen['secrets']): Promise<FrozenRun> {
    const { namespace = '', uid = '' } = run.metadata;
    const before = this.#frozen.get(uid);
    if (before !== undefined) return before;
    for (const content of secrets) {
      await this.#client.create(SECRETS, secretOf(run, content), namespace).catch(unlessExists);
    }
    try {
      await this.#client.create(CONTROLLER_REVISIONS, revisionOf(run, frozen), namespace);
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      const first = await this.load(run);
      // Somebody else's is in the way: said in the log, and tried again.
      if (first === undefined) throw error;
      return first;
    }
    this.#frozen.set(uid, frozen);
    return frozen;
  }

  /** What the run froze; undefined when it has not, or when somebody took it away. */
  async load(run: RuneRun): Promise<FrozenRun | undefined> {
    const uid = run.metadata.uid ?? '';
    const known = this.#frozen.get(uid);
    if (known !== undefined) return known;
    const revision = await this.#client.get(CONTROLLER_REVISIONS, revisionName(run), run.metadata.namespace);
    const isOwn = revision?.metadata.ownerReferences?.some((owner) => owner.uid === uid);
    if (revision === undefined || !isOwn) return undefined;
    this.#frozen.set(uid, revision.data);
    return revision.data;
  }

  /** Called when the run has finished or is gone. */
  forget(uid: string): void {
    this.#frozen.delete(uid);
  }

  async #suites(run: RuneRun, benchmark: RuneBenchmark | undefined): Promise<Map<string, RuneSuite | undefined>> {
    const names = benchmark === undefined ? [] : suiteNames(benchmark);
    const found = names.map(async (name) => {
      return [name, await this.#client.get(RUNE_SUITES, name, run.metadata.namespace)] as const;
    });
    return new Map(await Promise.all(found));
  }

  /** One after another, and of each no more than is needed, so that no run fills the memory. */
  async #sources(asked: Asked): Promise<Sources> {
    const keys = keysOf(questionsOf(asked));
    const configMaps = new Map<string, Record<string, string>>();
    let bytes = 0;
    for (const [name, some = []] of Map.groupBy(keys.all, (key) => key.name)) {
      const configMap = await this.#client.get(CONFIG_MAPS, name, asked.run.metadata.namespace);
      if (configMap === undefined) continue;
      const needed = new Set(some.map(({ key }) => key));
      const texts = Object.entries(configMap.data ?? {}).filter(([key]) => needed.has(key));
      bytes += texts.reduce((sum, [, text]) => sum + Buffer.byteLength(text), 0);
      if (bytes > MOST_RUN_BYTES) refuseTooLong();
      configMaps.set(name, Object.fromEntries(texts));
    }
    const sources = new Sources((name) => configMaps.get(name));
    for (const key of keys.manifests) {
      sources.manifests(key);
      // Nothing else happens while YAML is read, such as the renewal of the Lease.
      await setImmediate();
    }
    return sources;
  }
}

/** Whether the API server will say the same again until somebody changes something. */
function isRefusal(error: unknown): error is ApiError {
  return error instanceof ApiError && [400, 403, 404, 413, 422].includes(error.code);
}

function unlessExists(error: unknown): void {
  if (!isAlreadyExists(error)) throw error;
}
