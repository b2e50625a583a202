import { parseAllDocuments } from 'yaml';
import type { Question } from '../../../crds/job-file.ts';
import { RUN_STARTED_REASON } from '../../../crds/names.ts';
import type { SuiteQuestion } from './matrix.ts';
import { refuse, waitFor } from './not-frozen.ts';

/** Data of the ConfigMaps that questions name, by name; undefined for one that is not there. */
export type ConfigMaps = (name: string) => Record<string, string> | undefined;
type Key = { name: string; key: string };
type Manifest = NonNullable<Question['fixtures']>['manifests'][number];

/** A ConfigMap holds 1 MiB, a Secret with the question 900 KiB; what else the question holds needs room, too. */
const MOST_BYTES = 700 * 1024;
const MOST_MANIFESTS = 32;
/** YAML whose aliases unfold to more than this is an attack. */
const MOST_ALIASES = 100;

/** The question in the form that a runner gets, with what ConfigMaps hold in its place. */
export function resolveQuestion(question: SuiteQuestion, configMaps: ConfigMaps): Question {
  const { id, tags: _tags, critical: _critical, timeoutSeconds: _timeout, contextFrom, fixtures, ...rest } = question;
  const context = contextFrom && textOf(contextFrom.configMapKeyRef, id, configMaps);
  return {
    ...rest,
    ...(context === undefined ? {} : { context }),
    ...(fixtures === undefined ? {} : { fixtures: resolveFixtures(fixtures, id, configMaps) }),
  };
}

/** Names of the ConfigMaps that the questions take text from. */
export function configMapNames(questions: readonly SuiteQuestion[]): string[] {
  const names = questions.flatMap(({ contextFrom, fixtures }) => [
    contextFrom?.configMapKeyRef.name,
    fixtures?.manifestsFrom?.configMapKeyRef.name,
  ]);
  return [...new Set(names.filter((name) => name !== undefined))];
}

function resolveFixtures(
  { manifestsFrom, manifests, ...rest }: NonNullable<SuiteQuestion['fixtures']>,
  id: string,
  configMaps: ConfigMaps,
): NonNullable<Question['fixtures']> {
  const found = manifestsFrom === undefined ? (manifests ?? []) : read(manifestsFrom.configMapKeyRef, id, configMaps);
  return { ...rest, manifests: found };
}

function textOf({ name, key }: Key, id: string, configMaps: ConfigMaps): string {
  const text = configMaps(name)?.[key];
  if (text === undefined) {
    const what =
      configMaps(name) === undefined ? `There is no ConfigMap "${name}"` : `ConfigMap "${name}" has no key "${key}"`;
    const message = `${what}, which question ${id} takes text from: create it, and the run goes on by itself.`;
    return waitFor(RUN_STARTED_REASON.configMapNotFound, message);
  }
  if (Buffer.byteLength(text) > MOST_BYTES) {
    const message = `Key "${key}" of ConfigMap "${name}" is longer than the 700 KiB that question ${id} may take from it: shorten it.`;
    refuse(RUN_STARTED_REASON.invalidContent, message);
  }
  return text;
}

function read(key: Key, id: string, configMaps: ConfigMaps): Manifest[] {
  const place = `Key "${key.key}" of ConfigMap "${key.name}", which holds the fixtures of question ${id}`;
  const documents = parseAllDocuments(textOf(key, id, configMaps));
  if (!Array.isArray(documents)) return invalid(`${place}, is empty`);
  const manifests = documents.flatMap((document, index) => {
    const [error] = document.errors;
    if (error !== undefined)
      return invalid(`${place}, is not YAML (document ${index + 1}: ${firstLine(error.message)})`);
    const value = plain(document, `${place}, has aliases that are too many (document ${index + 1})`);
    // A document of comments alone.
    if (value === null) return [];
    if (!isManifest(value))
      return invalid(`${place}, has a document without apiVersion, kind or metadata (${index + 1})`);
    return [value];
  });
  if (manifests.length === 0) return invalid(`${place}, is empty`);
  if (manifests.length > MOST_MANIFESTS) return invalid(`${place}, has more than ${MOST_MANIFESTS} objects`);
  return manifests;
}

function plain(document: { toJS: (options: { maxAliasCount: number }) => unknown }, problem: string): unknown {
  try {
    return document.toJS({ maxAliasCount: MOST_ALIASES });
  } catch {
    return invalid(problem);
  }
}

function isManifest(value: unknown): value is Manifest {
  if (typeof value !== 'object' || value === null) return false;
  const { apiVersion, kind, metadata } = value as Record<string, unknown>;
  return (
    typeof apiVersion === 'string' && typeof kind === 'string' && typeof metadata === 'object' && metadata !== null
  );
}

function invalid(what: string): never {
  return refuse(RUN_STARTED_REASON.invalidContent, `${what}: correct it, and create the run again.`);
}

function firstLine(text: string): string {
  return (text.split('\n')[0] ?? '').replace(/[.:\s]+$/, '');
}
