import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import { type Resource, RUNE_AGENT, RUNE_BACKEND, RUNE_JOB } from '../../crds/names.ts';
import type { RuneAgent, RuneBackend, RuneJob } from '../../crds/types.ts';
import { isObject } from '../meter/reading.ts';
import { checkManifest, type Manifest } from './check-manifest.ts';
import { UsageError } from './usage-error.ts';

/** What a local run is about, defaults included. */
export type Manifests = { job: RuneJob; agent: RuneAgent; backend: RuneBackend };

/**
 * Reads the one RuneJob in YAML files, and the RuneAgent and RuneBackend that it names; others of these kinds are ignored.
 * Throws a {@link UsageError} for what is missing, not valid, or cannot be done without a cluster.
 */
export function loadManifests(files: readonly string[]): Manifests {
  const manifests = files.flatMap(readManifests);
  const jobs = manifests.filter(({ content }) => content['kind'] === RUNE_JOB.kind);
  const [only] = jobs;
  if (only === undefined || jobs.length > 1) {
    throw new UsageError(`${files.join(', ')}: there must be one RuneJob, and there are ${jobs.length}`);
  }
  const job = checkManifest<RuneJob>(only, RUNE_JOB);
  const find = <Kind>(resource: Resource, name: string): Kind => {
    const found = manifests.find(({ content }) => content['kind'] === resource.kind && nameOf(content) === name);
    if (found !== undefined) return checkManifest<Kind>(found, resource);
    const option = resource.kind === RUNE_AGENT.kind ? 'AGENT' : 'BACKEND';
    throw new UsageError(
      `${files.join(', ')}: there is no ${resource.kind} "${name}"; name its file: ${option}=file.yaml`,
    );
  };
  const agent = find<RuneAgent>(RUNE_AGENT, job.spec.agent.ref.name);
  const backend = find<RuneBackend>(RUNE_BACKEND, job.spec.model.backendRef.name);
  checkLocal({ job, agent, backend });
  return { job, agent, backend };
}

function readManifests(file: string): Manifest[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new UsageError(`${file}: it cannot be read`);
  }
  return parseAllDocuments(text).flatMap((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw new UsageError(`${file}: it is not YAML: ${error.message}`);
    const content: unknown = document.toJS();
    return isObject(content) ? [{ file, content }] : [];
  });
}

function nameOf({ metadata }: Manifest['content']): unknown {
  return isObject(metadata) ? metadata['name'] : undefined;
}

/** What the API server checks by CEL, as far as a run depends on it, and what needs a cluster. */
function checkLocal({ job, agent, backend }: Manifests): void {
  const { question, questionRef } = job.spec;
  if (questionRef !== undefined) {
    throw new UsageError('spec.questionRef: a local run reads no Secrets; put the question into spec.question');
  }
  if (question === undefined) throw new UsageError('spec.question is missing');
  if (question.fixtures !== undefined) {
    throw new UsageError('spec.question.fixtures: a local run makes nothing in a cluster; create the RuneJob in one');
  }
  one(agent.spec, ['container', 'openai', 'unavailable'], `RuneAgent "${job.spec.agent.ref.name}"`);
  one(backend.spec, ['openai', 'ollama'], `RuneBackend "${job.spec.model.backendRef.name}"`);
  const { unavailable } = agent.spec;
  if (unavailable !== undefined) throw new UsageError(`The agent cannot be called: ${unavailable.reason}`);
}

function one(spec: object, fields: readonly string[], whose: string): void {
  const set = fields.filter((field) => Object.hasOwn(spec, field));
  if (set.length !== 1) throw new UsageError(`${whose}: exactly one of ${fields.join(', ')} must be set`);
}
