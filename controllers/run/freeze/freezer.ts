import type { FrozenRun } from '../../../crds/frozen-run.ts';
import { FROZEN_COMPONENT, LABEL, RUNE_RUN, SECRET_TYPE } from '../../../crds/names.ts';
import type { RuneBenchmark, RuneRun, RuneSuite } from '../../../crds/types.ts';
import type { KubeClient } from '../../kube/client.ts';
import { isAlreadyExists } from '../../kube/errors.ts';
import {
  CONFIG_MAPS,
  CONTROLLER_REVISIONS,
  type ControllerRevision,
  RUNE_BENCHMARKS,
  RUNE_SUITES,
  SECRETS,
} from '../../kube/resource.ts';
import { ownerReference } from '../../owner-reference.ts';
import type { Catalogue } from './cells.ts';
import { type FreezeResult, type Frozen, freeze } from './freeze.ts';
import { type SuiteQuestion, suiteNames } from './matrix.ts';
import { configMapNames } from './resolve-question.ts';

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

  /** What the run would ask if it started now. Questions are read where they are, since no cache holds them. */
  async prepare({ run, catalogue, runs }: Known): Promise<FreezeResult> {
    const { namespace } = run.metadata;
    const benchmark = await this.#client.get(RUNE_BENCHMARKS, run.spec.benchmarkRef.name, namespace);
    const suites = await this.#suites(run, benchmark);
    const questions = [...suites.values()].flatMap((suite) => suite?.spec.questions ?? []);
    const configMaps = await this.#configMaps(run, [...questions, ...(benchmark?.spec.questions ?? [])]);
    return freeze({
      run,
      benchmark,
      suites: (name) => suites.get(name),
      configMaps: (name) => configMaps.get(name),
      catalogue,
      runs,
    });
  }

  /**
   * Writes it down, the Secrets before the ControllerRevision that names them, which settles the content: whoever comes
   * to it second takes what is there.
   */
  async commit(run: RuneRun, { frozen, secrets }: Frozen): Promise<FrozenRun> {
    const { namespace = '' } = run.metadata;
    for (const { name, data } of secrets) {
      const secret = {
        metadata: ownedBy(run, name),
        type: SECRET_TYPE.revision,
        immutable: true,
        data: Object.fromEntries(
          Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
        ),
      };
      await this.#client.create(SECRETS, secret, namespace).catch(unlessExists);
    }
    const revision: ControllerRevision = { metadata: ownedBy(run, revisionName(run)), revision: 1, data: frozen };
    try {
      await this.#client.create(CONTROLLER_REVISIONS, revision, namespace);
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      const first = await this.load(run);
      // Somebody else's is in the way: said in the log, and tried again.
      if (first === undefined) throw error;
      return first;
    }
    this.#frozen.set(run.metadata.uid ?? '', frozen);
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

  async #configMaps(run: RuneRun, questions: readonly SuiteQuestion[]): Promise<Map<string, Record<string, string>>> {
    const found = configMapNames(questions).map(async (name) => {
      const configMap = await this.#client.get(CONFIG_MAPS, name, run.metadata.namespace);
      return configMap === undefined ? [] : [[name, configMap.data ?? {}] as const];
    });
    return new Map((await Promise.all(found)).flat());
  }
}

/** With part of the uid, so that a run made again under the same name never meets the old one's content. */
export function revisionName({ metadata }: RuneRun): string {
  return `${metadata.name}-${(metadata.uid ?? '').slice(0, 8)}`;
}

function ownedBy(run: RuneRun, name: string) {
  const { namespace = '', name: runName = '', uid = '' } = run.metadata;
  return {
    name,
    namespace,
    labels: {
      [LABEL.run]: runName,
      [LABEL.runUid]: uid,
      [LABEL.benchmark]: run.spec.benchmarkRef.name,
      [LABEL.managedBy]: 'rune-operator',
      [LABEL.component]: FROZEN_COMPONENT,
    },
    ownerReferences: [ownerReference(run, RUNE_RUN)],
  };
}

function unlessExists(error: unknown): void {
  if (!isAlreadyExists(error)) throw error;
}
