import type { Question } from '../../../crds/job-file.ts';
import { RUN_STARTED_REASON } from '../../../crds/names.ts';
import { type Manifest, readManifests } from './manifests.ts';
import type { SuiteQuestion } from './matrix.ts';
import { refuse, waitFor } from './not-frozen.ts';

/** Data of the ConfigMaps that questions name, by name; undefined for one that is not there. */
export type ConfigMaps = (name: string) => Record<string, string> | undefined;
export type Key = { name: string; key: string };

/** A question in a Secret may have 900 KiB; what else it holds needs room, too. */
const MOST_BYTES = 700 * 1024;

/** The question in the form that a runner gets, with what ConfigMaps hold in its place. */
export function resolveQuestion(question: SuiteQuestion, sources: Sources): Question {
  const {
    id: _id,
    tags: _tags,
    critical: _critical,
    timeoutSeconds: _timeout,
    contextFrom,
    fixtures,
    ...rest
  } = question;
  return {
    ...rest,
    ...(contextFrom && { context: sources.text(contextFrom.configMapKeyRef) }),
    ...(fixtures && { fixtures: resolveFixtures(fixtures, sources) }),
  };
}

function resolveFixtures(
  { manifestsFrom, manifests, ...rest }: NonNullable<SuiteQuestion['fixtures']>,
  sources: Sources,
): NonNullable<Question['fixtures']> {
  const found = manifestsFrom === undefined ? (manifests ?? []) : sources.manifests(manifestsFrom.configMapKeyRef);
  return { ...rest, manifests: found };
}

/** The keys of ConfigMaps that the questions take text from, and those of them whose text is YAML. */
export function keysOf(questions: readonly SuiteQuestion[]): { all: Key[]; manifests: Key[] } {
  const contexts = questions.flatMap(({ contextFrom }) => contextFrom?.configMapKeyRef ?? []);
  const manifests = questions.flatMap(({ fixtures }) => fixtures?.manifestsFrom?.configMapKeyRef ?? []);
  return { all: [...contexts, ...manifests], manifests };
}

/** What ConfigMaps hold for questions. All methods throw a {@link ./not-frozen.ts} that names ConfigMap and key. */
export class Sources {
  readonly #configMaps: ConfigMaps;
  /** By ConfigMap and key: many questions may share one. */
  readonly #manifests = new Map<string, Manifest[]>();

  constructor(configMaps: ConfigMaps) {
    this.#configMaps = configMaps;
  }

  text({ name, key }: Key): string {
    const data = this.#configMaps(name);
    const text = data?.[key];
    if (text === undefined) {
      const what = data === undefined ? `There is no ConfigMap "${name}"` : `ConfigMap "${name}" has no key "${key}"`;
      const message = `${what}, which a question takes text from: create it, and the run goes on by itself.`;
      return waitFor(RUN_STARTED_REASON.configMapNotFound, message);
    }
    if (Buffer.byteLength(text) > MOST_BYTES) {
      const message = `Key "${key}" of ConfigMap "${name}" is longer than the 700 KiB that a question may take from it: shorten it, and create the run again.`;
      return refuse(RUN_STARTED_REASON.invalidContent, message);
    }
    return text;
  }

  manifests(key: Key): Manifest[] {
    const id = `${key.name}/${key.key}`;
    const known = this.#manifests.get(id);
    if (known !== undefined) return known;
    const read = readManifests(this.text(key), `Key "${key.key}" of ConfigMap "${key.name}"`);
    this.#manifests.set(id, read);
    return read;
  }
}
