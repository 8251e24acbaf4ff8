import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { parseAllDocuments } from 'yaml';

/** Knative's own CustomResourceDefinitions; absent in a user's checkout. */
export const CRD_ROOT = join(import.meta.dirname, '../../../shared/data/knative');

type Schema = { [key: string]: unknown; properties?: Record<string, Schema>; items?: Schema };

/** A Kubernetes object as a manifest writes it. */
export interface Resource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Record<string, string> };
  readonly spec?: unknown;
}

export function readManifest(path: string): readonly Resource[] {
  return parseAllDocuments(readFileSync(path, 'utf8')).map((document) => document.toJS() as Resource);
}

/** One strict validator per `apiVersion kind` that the CRDs under {@link CRD_ROOT} define: unknown fields are errors. */
export function crdValidators(): ReadonlyMap<string, ValidateFunction> {
  const ajv = new Ajv2020({
    strict: false,
    allErrors: true,
    formats: { int32: true, int64: true, 'date-time': true, uri: true },
  });
  const validators = new Map<string, ValidateFunction>();
  for (const file of crdFiles(CRD_ROOT)) {
    for (const { kind, spec } of readManifest(file) as readonly CustomResourceDefinition[]) {
      if (kind !== 'CustomResourceDefinition') continue;
      for (const version of spec.versions) {
        const schema = toStrict(version.schema.openAPIV3Schema);
        schema.properties = {
          ...schema.properties,
          apiVersion: { type: 'string' },
          kind: { type: 'string' },
          metadata: { type: 'object' },
        };
        validators.set(`${spec.group}/${version.name} ${spec.names.kind}`, ajv.compile(schema));
      }
    }
  }
  return validators;
}

interface CustomResourceDefinition {
  readonly kind: string;
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly { readonly name: string; readonly schema: { readonly openAPIV3Schema: Schema } }[];
  };
}

function crdFiles(root: string): readonly string[] {
  if (!existsSync(root)) return [];
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.yaml') && !name.startsWith('samples'))
    .map((name) => join(root, name));
}

/**
 * The API server drops fields that a schema does not name (or keeps them where it says so, as Trigger's spec does), so a
 * misspelt field passes in silence. Here every object that names its properties allows no others.
 */
function toStrict(schema: Schema): Schema {
  const strict: Schema = { ...schema };
  if (schema.properties) {
    strict.properties = Object.fromEntries(
      Object.entries(schema.properties).map(([name, part]) => [name, toStrict(part)]),
    );
    if (schema.additionalProperties === undefined) strict.additionalProperties = false;
  }
  if (schema.items) strict.items = toStrict(schema.items);
  if (typeof schema.additionalProperties === 'object')
    strict.additionalProperties = toStrict(schema.additionalProperties as Schema);
  // Kubernetes' own marks, which JSON Schema does not know.
  if (schema['x-kubernetes-int-or-string'] === true) {
    delete strict.type;
    strict.anyOf = [{ type: 'integer' }, { type: 'string' }];
  }
  return strict;
}
