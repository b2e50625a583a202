import { type Document, isScalar, parseAllDocuments, visit } from 'yaml';
import type { Question } from '../../../crds/job-file.ts';
import { RUN_STARTED_REASON } from '../../../crds/names.ts';
import { refuse } from './not-frozen.ts';

export type Manifest = NonNullable<Question['fixtures']>['manifests'][number];

/** Reading it keeps the operator from all else, for some tenths of a second. */
const MOST_BYTES = 256 * 1024;
const MOST_MANIFESTS = 32;
/** YAML whose aliases unfold to more than this is an attack. */
const MOST_ALIASES = 100;
const MOST_DEPTH = 100;

/**
 * The objects of a text of YAML documents, understood as kubectl does: YAML 1.1, in which 0644 is octal, yes is true and <<
 * merges, but times and the like are texts. Throws a {@link ./not-frozen.ts} that names the place.
 * @param place such as `Key "a" of ConfigMap "b"`
 */
export function readManifests(text: string, place: string): Manifest[] {
  if (Buffer.byteLength(text) > MOST_BYTES) return invalid(`${place} is longer than 256 KiB`);
  const documents = parse(text, place);
  const manifests = documents.flatMap((document, index) => {
    const where = documents.length === 1 ? place : `Document ${index + 1} of ${lowerFirst(place)}`;
    const value = plain(document, where);
    // A document of comments alone.
    return value === null ? [] : [manifest(value, where)];
  });
  if (manifests.length === 0) return invalid(`${place} holds no object`);
  if (manifests.length > MOST_MANIFESTS) return invalid(`${place} holds more than ${MOST_MANIFESTS} objects`);
  return manifests;
}

const NOT_OF_KUBECTL = new Set(
  ['binary', 'omap', 'pairs', 'set', 'timestamp'].map((tag) => `tag:yaml.org,2002:${tag}`),
);

function parse(text: string, place: string): Document[] {
  const documents = parseAllDocuments(text, {
    version: '1.1',
    customTags: (tags) =>
      tags.filter((tag) => typeof tag === 'string' || !(NOT_OF_KUBECTL.has(tag.tag) || tag.format === 'TIME')),
    // The library compares each key with all others.
    uniqueKeys: false,
  });
  if (!Array.isArray(documents)) return [];
  const [error] = documents.flatMap(({ errors }) => errors);
  if (error !== undefined) return invalid(`${place} is not YAML (${firstLine(error.message)})`);
  return documents;
}

/** The document as JSON has it. */
function plain(document: Document, where: string): unknown {
  const twice = repeatedKey(document);
  if (twice !== undefined) return invalid(`${where} has the key "${twice}" twice in one object`);
  try {
    return json(document.toJS({ maxAliasCount: MOST_ALIASES }), 0);
  } catch (error) {
    return invalid(`${where} cannot be used (${error instanceof NotJSONError ? error.message : 'too many aliases'})`);
  }
}

function repeatedKey(document: Document): string | undefined {
  let twice: string | undefined;
  visit(document, {
    Map(_, { items }) {
      const seen = new Set<string>();
      for (const { key } of items) {
        const name = String(isScalar(key) ? key.value : key);
        if (name !== '<<' && seen.has(name)) twice = name;
        seen.add(name);
      }
      return twice === undefined ? undefined : visit.BREAK;
    },
  });
  return twice;
}

class NotJSONError extends Error {}

/** Throws for what JSON cannot hold, and for what is deeper than anything that means well. */
function json(value: unknown, depth: number): unknown {
  if (depth > MOST_DEPTH) throw new NotJSONError(`deeper than ${MOST_DEPTH} levels`);
  if (typeof value === 'number' && !Number.isFinite(value)) throw new NotJSONError(`${value} is no number of JSON`);
  if (typeof value === 'string' && !value.isWellFormed()) throw new NotJSONError('half of a surrogate pair');
  if (typeof value === 'object' && value !== null) for (const one of Object.values(value)) json(one, depth + 1);
  return value;
}

function manifest(value: unknown, where: string): Manifest {
  const { apiVersion, kind, metadata } = (value ?? {}) as { [field: string]: unknown };
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') return invalid(`${where} has no apiVersion or kind`);
  const { name } = (metadata ?? {}) as { name?: unknown };
  if (typeof name !== 'string' || name === '') return invalid(`${where} has no metadata.name`);
  return value as Manifest;
}

function invalid(what: string): never {
  return refuse(RUN_STARTED_REASON.invalidContent, `${what}: correct it, and create the run again.`);
}

function firstLine(text: string): string {
  return (text.split('\n')[0] ?? '').replace(/[.:\s]+$/, '');
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}
