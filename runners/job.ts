import type { JobFile, Prices } from '../crds/job-file.ts';
import { isObject, type JSONObject } from './meter/reading.ts';
import { boolean, integer, money, object, optional, ShapeError, string } from './shape.ts';

/** Reads the job file's JSON. Throws a {@link ShapeError} that names the first field that is not as it should be. */
export function parseJob(text: string): JobFile {
  const job = object(json(text), 'job', FIELDS);
  // Checked first: of another version, nothing else is known.
  if (job['v'] !== 1)
    throw new ShapeError(`job.v must be 1: the operator and the runner's image must be of one version`);
  return {
    v: 1,
    namespace: string(job['namespace'], 'job.namespace'),
    name: string(job['name'], 'job.name'),
    uid: string(job['uid'], 'job.uid'),
    attempt: integer(job['attempt'], 'job.attempt', 1),
    trial: integer(job['trial'], 'job.trial', 0),
    ...optional(job, 'run', 'job', string),
    ...optional(job, 'runUid', 'job', string),
    ...optional(job, 'seed', 'job', (value, path) => integer(value, path, 0)),
    agent: agent(job['agent']),
    model: model(job['model']),
    backend: backend(job['backend']),
    ...optional(job, 'prices', 'job', prices),
    ...optional(job, 'budget', 'job', budget),
    activeDeadlineSeconds: integer(job['activeDeadlineSeconds'], 'job.activeDeadlineSeconds', 1),
  };
}

/** Whose job it is, as far as a file that may be broken tells. */
export function jobIdentity(text: string): { uid: string; attempt: number } {
  const job = tryJSON(text);
  const fields = isObject(job) ? job : {};
  const { uid, attempt } = { uid: fields['uid'], attempt: fields['attempt'] };
  return {
    uid: typeof uid === 'string' ? uid.slice(0, 64) : '',
    attempt: Number.isSafeInteger(attempt) ? Number(attempt) : 0,
  };
}

const FIELDS = [
  'v',
  'namespace',
  'name',
  'uid',
  'attempt',
  'trial',
  'run',
  'runUid',
  'seed',
  'agent',
  'model',
  'backend',
  'prices',
  'budget',
  'activeDeadlineSeconds',
];

function agent(value: unknown): JobFile['agent'] {
  const fields = object(value, 'job.agent', ['name', 'openai', 'container', 'options']);
  const options = fields['options'];
  if (!isObject(options)) throw new ShapeError('job.agent.options must be an object');
  if ((fields['openai'] === undefined) === (fields['container'] === undefined)) {
    throw new ShapeError('job.agent must have exactly one of openai and container');
  }
  return {
    name: string(fields['name'], 'job.agent.name'),
    ...optional(fields, 'openai', 'job.agent', openai),
    ...optional(fields, 'container', 'job.agent', container),
    options,
  };
}

function openai(value: unknown, path: string): NonNullable<JobFile['agent']['openai']> {
  const fields = object(value, path, ['systemPrompt', 'stream']);
  return {
    ...(fields['systemPrompt'] !== '' && optional(fields, 'systemPrompt', path, string)),
    stream: boolean(fields['stream'], `${path}.stream`),
  };
}

function container(value: unknown, path: string): NonNullable<JobFile['agent']['container']> {
  const fields = object(value, path, ['startTimeoutSeconds', 'memoryLimit']);
  return {
    startTimeoutSeconds: integer(fields['startTimeoutSeconds'], `${path}.startTimeoutSeconds`, 1),
    ...optional(fields, 'memoryLimit', path, string),
  };
}

function model(value: unknown): JobFile['model'] {
  const fields = object(value, 'job.model', ['name', 'contextWindow']);
  return {
    name: string(fields['name'], 'job.model.name'),
    ...optional(fields, 'contextWindow', 'job.model', (window, path) => integer(window, path, 1)),
  };
}

function backend(value: unknown): JobFile['backend'] {
  const fields = object(value, 'job.backend', ['name', 'type', 'url', 'hasApiKey', 'requestTimeoutSeconds']);
  const { type } = { type: fields['type'] };
  if (type !== 'openai' && type !== 'ollama') throw new ShapeError('job.backend.type must be openai or ollama');
  return {
    name: string(fields['name'], 'job.backend.name'),
    type,
    url: backendURL(fields['url']),
    hasApiKey: boolean(fields['hasApiKey'], 'job.backend.hasApiKey'),
    requestTimeoutSeconds: integer(fields['requestTimeoutSeconds'], 'job.backend.requestTimeoutSeconds', 1),
  };
}

function backendURL(value: unknown): string {
  const url = string(value, 'job.backend.url');
  const protocol = URL.parse(url)?.protocol;
  if (protocol !== 'http:' && protocol !== 'https:')
    throw new ShapeError('job.backend.url must be an http or https URL');
  if (url.endsWith('/')) throw new ShapeError('job.backend.url must not end with a slash');
  return url;
}

function prices(value: unknown, path: string): Prices {
  const input = 'inputPerMillionTokensUSD';
  const output = 'outputPerMillionTokensUSD';
  const cached = 'cachedInputPerMillionTokensUSD';
  const fields = object(value, path, [input, output, cached]);
  return {
    [input]: money(fields[input], `${path}.${input}`),
    [output]: money(fields[output], `${path}.${output}`),
    ...optional(fields, cached, path, money),
  };
}

function budget(value: unknown, path: string): NonNullable<JobFile['budget']> {
  const fields = object(value, path, ['maxCostUSD', 'maxTokens', 'maxModelCalls']);
  const atLeastOne = (limit: unknown, of: string): number => integer(limit, of, 1);
  return {
    ...optional(fields, 'maxCostUSD', path, money),
    ...optional(fields, 'maxTokens', path, atLeastOne),
    ...optional(fields, 'maxModelCalls', path, atLeastOne),
  };
}

function json(text: string): JSONObject | unknown {
  const value = tryJSON(text);
  if (value === undefined) throw new ShapeError('the job is not JSON');
  return value;
}

function tryJSON(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
