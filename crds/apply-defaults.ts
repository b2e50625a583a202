/** The part of an OpenAPI v3 schema that says defaults and where they belong. */
export type DefaultingSchema = {
  default?: unknown;
  properties?: { [name: string]: DefaultingSchema };
  additionalProperties?: DefaultingSchema | boolean;
  items?: DefaultingSchema;
};

/** A copy of the value with the defaults of the schema, as the API server would store it. Pure. */
export function applyDefaults(schema: DefaultingSchema, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => applyDefaults(schema.items ?? {}, item));
  if (typeof value !== 'object' || value === null) return value;
  const { properties = {}, additionalProperties } = schema;
  const rest = typeof additionalProperties === 'object' ? additionalProperties : {};
  const of = (name: string): DefaultingSchema => (Object.hasOwn(properties, name) ? (properties[name] ?? {}) : rest);
  const defaults = Object.entries(properties).map(([name, one]) => [name, one.default]);
  // A null, where the schema has a default, stands for nothing.
  const given = Object.entries(value).filter(([name, one]) => one !== null || of(name).default === undefined);
  return Object.fromEntries(
    [...defaults.filter(([, one]) => one !== undefined), ...given].map(([name, one]) => [
      name,
      applyDefaults(of(String(name)), one),
    ]),
  );
}
