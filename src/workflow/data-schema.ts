import type { Json } from '../expression/json.ts';
import { standardFault } from './fault.ts';
import type { TaskFrame } from './frame.ts';
import { compileResource } from './resource.ts';
import type { DataSchema } from './schema/values.ts';
import type { Owner } from './template.ts';

/** Checks data against a schema that the workflow declares; rejects with a validation fault that names every mismatch. */
export type DataCheck = (data: Json, frame: TaskFrame, what: string) => Promise<void>;

type Validate = (data: Json) => readonly string[];

/**
 * JSON Schema 2020-12 by default, draft-07 when the schema says so. Ajv is loaded when a workflow with a schema runs, since
 * most have none.
 */
export function compileDataSchema(owner: Owner, schema: DataSchema, below: readonly string[]): DataCheck {
  const path = [...owner.path, ...below];
  const format = (schema.format ?? 'json').split(':')[0];
  if (format !== 'json') {
    owner.compilation.report([...path, 'format'], `Schemas of the format “${schema.format}” are not supported.`, {
      hint: 'Use a JSON Schema: format: json.',
    });
  }
  let validate: Promise<Validate> | undefined;
  const resource = 'resource' in schema ? compileResource(owner, schema.resource, [...below, 'resource']) : undefined;
  return async (data, frame, what) => {
    validate ??=
      resource === undefined
        ? compileJsonSchema((schema as { readonly document: unknown }).document)
        : resource.read(data, frame).then(compileJsonSchema);
    const problems = await validate.catch((error: unknown) => {
      validate = undefined;
      throw error;
    });
    const found = problems(data);
    if (found.length > 0) throw standardFault('validation', `${what} does not match its schema`, found.join('; '));
  };
}

async function compileJsonSchema(schema: unknown): Promise<Validate> {
  const [{ Ajv2020 }, { Ajv }, formats] = await Promise.all([
    import('ajv/dist/2020.js'),
    import('ajv'),
    import('ajv-formats'),
  ]);
  const isDraft7 =
    typeof schema === 'object' && schema !== null && String(Reflect.get(schema, '$schema')).includes('draft-07');
  const ajv = isDraft7 ? new Ajv(OPTIONS) : new Ajv2020(OPTIONS);
  formats.default.default(ajv);
  try {
    const check = ajv.compile(schema as object);
    return (data) =>
      check(data)
        ? []
        : (check.errors ?? []).map(
            (error) => `${error.instancePath === '' ? '.' : error.instancePath} ${error.message}`,
          );
  } catch (error) {
    throw standardFault(
      'configuration',
      'Schema cannot be used',
      error instanceof Error ? error.message : String(error),
    );
  }
}

const OPTIONS = { allErrors: true, strict: false, validateFormats: true, logger: false } as const;
