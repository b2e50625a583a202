import { readFileSync } from 'node:fs';
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { applyDefaults } from '../../crds/apply-defaults.ts';
import { API_VERSION, type Resource } from '../../crds/names.ts';
import { UsageError } from './usage-error.ts';

/** A manifest as YAML gives it, with the file that it stands in. */
export type Manifest = { file: string; content: { [field: string]: unknown } };

/**
 * The manifest with the defaults of its kind, after what its definition in crds/ says of types, bounds, required and unknown
 * fields was checked; the rules in CEL are not. Throws a {@link UsageError} that names all that is wrong.
 */
export function checkManifest<Kind>({ file, content }: Manifest, { kind, plural }: Resource): Kind {
  const { apiVersion } = { apiVersion: content['apiVersion'] };
  if (apiVersion !== API_VERSION) throw new UsageError(`${file}: apiVersion must be ${API_VERSION}`);
  const schema = definition(plural);
  const isValid = ajv.compile(closed(schema));
  const complete = applyDefaults(schema, content);
  if (isValid(complete)) return complete as Kind;
  const wrong = (isValid.errors ?? []).filter(({ keyword }) => keyword !== 'anyOf').map(sentence);
  throw new UsageError(
    `${file}: the ${kind} is not valid:\n${[...new Set(wrong)].map((one) => `  ${one}`).join('\n')}`,
  );
}

const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true, ownProperties: true, logger: false });

type Schema = {
  [keyword: string]: unknown;
  properties?: { [name: string]: Schema };
  additionalProperties?: Schema | boolean;
  items?: Schema;
};

function definition(plural: string): Schema {
  const text = readFileSync(new URL(`../../crds/${plural}.yaml`, import.meta.url), 'utf8');
  const { spec } = parse(text) as { spec: { versions: [{ schema: { openAPIV3Schema: Schema } }] } };
  return spec.versions[0].schema.openAPIV3Schema;
}

/** JSON Schema lets unknown fields be, the API server does not. */
function closed({ properties, additionalProperties, items, ...rest }: Schema): Schema {
  const isOpen = properties === undefined || rest['x-kubernetes-preserve-unknown-fields'] === true;
  return {
    ...rest,
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, closed(one)])),
    }),
    ...(isOpen ? {} : { additionalProperties: false }),
    ...(typeof additionalProperties === 'object' && { additionalProperties: closed(additionalProperties) }),
    ...(items && { items: closed(items) }),
  };
}

function sentence({ instancePath, keyword, params, message }: ErrorObject): string {
  const path =
    instancePath
      .slice(1)
      .replaceAll(/\/(\d+)(?=\/|$)/g, '[$1]')
      .replaceAll('/', '.') || 'it';
  if (keyword === 'additionalProperties') return `${path} has the unknown field "${params['additionalProperty']}"`;
  const values = keyword === 'enum' ? `: ${(params['allowedValues'] as unknown[]).join(', ')}` : '';
  return `${path} ${message ?? 'is wrong'}${values}`;
}
