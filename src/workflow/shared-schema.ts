type Schema = Readonly<Record<string, unknown>>;

/** Keywords whose value is a schema, a list of schemas, or a map of schemas. */
const ONE = ['items', 'additionalProperties', 'not', 'propertyNames'];
const LISTS = ['anyOf', 'allOf', 'oneOf', 'prefixItems'];
const MAPS = ['properties', 'patternProperties', '$defs'];

/** Shorter ones are as short as a reference to them. */
const WORTH_SHARING = 120;

/** The same JSON Schema with what it says several times said once, under `$defs`: inlined, ours is a hundred times as long. */
export function shareRepeated(root: Schema): Schema {
  const counts = new Map<string, number>();
  count(root);
  const names = new Map<string, string>();
  const shared: Record<string, Schema> = {};
  const { $defs, ...rest } = mapChildren(root, share);
  return { ...rest, $defs: { ...($defs as object | undefined), ...shared } };

  function count(schema: Schema): void {
    const key = JSON.stringify(schema);
    const seen = counts.get(key) ?? 0;
    counts.set(key, seen + 1);
    // What stands in a repeated schema is said once with it.
    if (seen > 0) return;
    mapChildren(schema, (child) => {
      count(child);
      return child;
    });
  }

  function share(schema: Schema): Schema {
    const key = JSON.stringify(schema);
    if ((counts.get(key) ?? 0) < 2 || key.length < WORTH_SHARING) return mapChildren(schema, share);
    let name = names.get(key);
    if (name === undefined) {
      name = `shared${names.size + 1}`;
      names.set(key, name);
      shared[name] = mapChildren(schema, share);
    }
    return { $ref: `#/$defs/${name}` };
  }
}

function mapChildren(schema: Schema, map: (child: Schema) => Schema): Schema {
  const mapped: Record<string, unknown> = { ...schema };
  const each = (value: unknown) => (isSchema(value) ? map(value) : value);
  for (const key of ONE) if (key in schema) mapped[key] = each(schema[key]);
  for (const key of LISTS) if (Array.isArray(schema[key])) mapped[key] = schema[key].map(each);
  for (const key of MAPS) {
    if (isSchema(schema[key])) {
      mapped[key] = Object.fromEntries(Object.entries(schema[key]).map(([name, value]) => [name, each(value)]));
    }
  }
  return mapped;
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
