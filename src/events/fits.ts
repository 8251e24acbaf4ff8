/**
 * Whether a value certainly fits a JSON Schema: true only where it does. Of a keyword that is not known here, and of a format
 * that is not plainly met, nothing is said, which is false. For whoever has a full check and would rather not load it.
 */
export type JsonSchema = Readonly<Record<string, unknown>>;

type Check = (value: never, operand: never, schema: JsonSchema) => boolean;

/** A URL that no reader of URLs could take for anything else. */
const PLAIN_URL = /^https?:\/\/[a-z\d](?:[a-z\d.-]*[a-z\d])?(?::[1-9]\d{0,3})?(?:\/[\w./~-]*)?(?:[?#][\w=&./-]*)?$/i;

/** Each is called for values of its kind only; `type` says which there are. */
const KEYWORDS: Readonly<Record<string, Check>> = {
  type: (value: unknown, type: string) => isOfType(value, type),
  const: (value: unknown, expected: unknown) => value === expected,
  minimum: (value: number, bound: number) => value >= bound,
  maximum: (value: number, bound: number) => value <= bound,
  exclusiveMinimum: (value: number, bound: number) => value > bound,
  format: (value: string, format: string) => format === 'uri' && PLAIN_URL.test(value),
  items: (values: readonly unknown[], schema: JsonSchema) => values.every((value) => certainlyFits(value, schema)),
  anyOf: (value: unknown, schemas: readonly JsonSchema[]) => schemas.some((schema) => certainlyFits(value, schema)),
  required: (value: object, names: readonly string[]) => names.every((name) => Object.hasOwn(value, name)),
  properties: (value: Readonly<Record<string, unknown>>, schemas: Readonly<Record<string, JsonSchema>>) =>
    Object.entries(schemas).every(
      ([name, schema]) => !Object.hasOwn(value, name) || certainlyFits(value[name], schema),
    ),
  additionalProperties: (value: object, others: JsonSchema | false, { properties = {} }) =>
    others === false
      ? Object.keys(value).every((name) => Object.hasOwn(properties as object, name))
      : Object.keys(others).length === 0,
};

const WORDS_ONLY: ReadonlySet<string> = new Set(['$schema', 'description']);

export function certainlyFits(value: unknown, schema: JsonSchema): boolean {
  if (!Object.hasOwn(schema, 'type') && !Object.hasOwn(schema, 'anyOf') && !Object.hasOwn(schema, 'const'))
    return false;
  return Object.entries(schema).every(([keyword, operand]) => {
    if (WORDS_ONLY.has(keyword)) return true;
    const check = KEYWORDS[keyword];
    return check?.(value as never, operand as never, schema) ?? false;
  });
}

function isOfType(value: unknown, type: string): boolean {
  switch (type) {
    case 'integer':
      return Number.isSafeInteger(value);
    case 'number':
      return Number.isFinite(value);
    case 'array':
      return Array.isArray(value);
    case 'object':
      return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
    case 'null':
      return value === null;
    default:
      return (type === 'string' && typeof value === 'string') || (type === 'boolean' && typeof value === 'boolean');
  }
}
