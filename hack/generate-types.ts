/** Writes crds/types.ts from the schemas in crds/*.yaml; with --check it only compares, and exits 1 when they differ. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compile, type JSONSchema } from 'json-schema-to-typescript';
import { parse } from 'yaml';

type Schema = {
  type?: string;
  description?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  additionalProperties?: Schema | boolean;
  default?: unknown;
  tsType?: string;
  'x-kubernetes-int-or-string'?: boolean;
  'x-kubernetes-preserve-unknown-fields'?: boolean;
};

const folder = join(import.meta.dirname, '..', 'crds');
const target = join(folder, 'types.ts');
const text = await generate();

if (process.argv.includes('--check')) {
  if (readFileSync(target, 'utf8') !== text) {
    console.error('crds/types.ts is stale: run `npm run generate` and commit the result');
    process.exit(1);
  }
} else {
  writeFileSync(target, text);
}

async function generate(): Promise<string> {
  const parts = [
    '// GENERATED from crds/*.yaml by `npm run generate`. Do not edit.',
    "import type { ObjectMeta } from './raw.ts';",
    '',
  ];
  for (const file of readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .sort()) {
    const crd = parse(readFileSync(join(folder, file), 'utf8'));
    const schema: Schema = crd.spec.versions[0].schema.openAPIV3Schema;
    const kind: string = crd.spec.names.kind;
    // Two views of a kind: as the API server returns it (defaults filled in) and as one writes it.
    parts.push(await declare(kind, root(schema, kind, crd.spec.group, true)));
    parts.push(await declare(`${kind}Manifest`, root(schema, kind, crd.spec.group, false)));
  }
  return `${parts.join('\n')}`;
}

function declare(name: string, schema: Schema): Promise<string> {
  return compile(schema as JSONSchema, name, {
    bannerComment: '',
    additionalProperties: false,
    format: true,
    maxItems: -1,
    style: { singleQuote: true, printWidth: 120 },
  });
}

function root(schema: Schema, kind: string, group: string, read: boolean): Schema {
  const typed = convert(schema, read);
  const { status, ...rest } = typed.properties ?? {};
  return {
    ...typed,
    required: ['apiVersion', 'kind', 'metadata', ...(schema.required ?? [])],
    properties: {
      ...rest,
      apiVersion: { tsType: `'${group}/v1alpha1'` },
      kind: { tsType: `'${kind}'` },
      metadata: { tsType: 'ObjectMeta' },
      ...(read && status !== undefined ? { status } : {}),
    },
  };
}

function convert(schema: Schema, read: boolean): Schema {
  if (schema['x-kubernetes-int-or-string'] === true) return described(schema, 'number | string');
  if (schema['x-kubernetes-preserve-unknown-fields'] === true) {
    return described(schema, schema.type === 'object' ? 'Record<string, unknown>' : 'unknown');
  }
  const { type, description, properties, items, additionalProperties } = schema;
  const out: Schema = { ...pick({ type, description }), ...enumOf(schema) };
  if (items !== undefined) out.items = convert(items, read);
  if (properties !== undefined) {
    out.properties = Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, convert(value, read)]));
    out.additionalProperties = false;
    const defaulted = Object.keys(properties).filter((key) => properties[key]?.default !== undefined);
    out.required = [...(schema.required ?? []), ...(read ? defaulted : [])];
  } else if (typeof additionalProperties === 'object') {
    out.additionalProperties = convert(additionalProperties, read);
  }
  return out;
}

function described(schema: Schema, tsType: string): Schema {
  return { ...pick({ description: schema.description }), tsType };
}

function enumOf(schema: Schema): Schema {
  return 'enum' in schema ? ({ enum: schema.enum } as Schema) : {};
}

function pick(values: { type?: string | undefined; description?: string | undefined }): Schema {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
