/**
 * The OpenAPI 3.1 document of the functions, which workflows name as `fairlead://functions/openapi.json`, and the names of its
 * operations by themselves, for whoever calls them and needs no more. Written to `functions/openapi.json` and
 * `functions/operations.json` by `npx node functions/openapi.ts`.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { condition } from '../src/rules/condition-schema.ts';
import { configurationSchema } from '../src/rules/configuration.ts';
import { decision } from './decide.ts';
import { FUNCTIONS } from './index.ts';
import { pullRequest } from './pull-request.ts';
import { facts } from './read-facts.ts';
import { rules } from './read-rules.ts';

/** What several functions take or give: told once, under `components`. */
const SHARED: Readonly<Record<string, z.ZodType>> = {
  configuration: configurationSchema,
  decision,
  facts,
  pullRequest,
  rules,
  ...Object.fromEntries(Object.entries(condition.shape).map(([key, schema]) => [`condition.${key}`, schema.unwrap()])),
};

type Schema = Readonly<Record<string, unknown>>;
type Schemas = Readonly<Record<string, Schema>>;
/** What comes in may leave out what has a default; what goes out has it. */
type Direction = 'input' | 'output';

const POINTER = /^#\/\$defs\/(.+)$/;

/** Each operation is a POST of its parameters, as one JSON object, to its own name. */
export function toOpenApi(): Readonly<Record<string, unknown>> {
  const problem = {
    description: 'What went wrong (RFC 9457). The status is GitHub’s own, where it was GitHub that refused.',
    content: { 'application/problem+json': { schema: { type: 'object' } } },
  };
  const operations = FUNCTIONS.map(({ operationId, summary, input, output }) => ({
    operationId,
    summary,
    input: toSchema(input, 'input'),
    output: toSchema(output, 'output'),
  }));
  const shared = {
    input: Object.assign({}, ...operations.map(({ input }) => input.$defs)) as Schemas,
    output: Object.assign({}, ...operations.map(({ output }) => output.$defs)) as Schemas,
  };
  const nameOf = nameShared(shared);
  const toComponents = (schema: Schema, direction: Direction) =>
    pointingTo(schema, (name) => `#/components/schemas/${nameOf(name, direction)}`);
  const schemas = (['input', 'output'] as const).flatMap((direction) =>
    Object.entries(shared[direction]).map(([name, schema]) => [
      nameOf(name, direction),
      toComponents(schema, direction),
    ]),
  );
  const refer = ({ $defs: _, ...schema }: Schema, direction: Direction) => toComponents(schema, direction);
  return {
    openapi: '3.1.0',
    info: { title: 'Fairlead functions', version: '1.0.0', description: 'What a workflow may call.' },
    paths: Object.fromEntries(
      operations.map(({ operationId, summary, input, output }) => [
        `/${operationId}`,
        {
          post: {
            operationId,
            summary,
            requestBody: { required: true, content: { 'application/json': { schema: refer(input, 'input') } } },
            responses: {
              200: { description: 'Done.', content: { 'application/json': { schema: refer(output, 'output') } } },
              default: problem,
            },
          },
        },
      ]),
    ),
    components: { schemas: Object.fromEntries(schemas) },
  };
}

function toSchema(type: z.ZodType, io: Direction): Schema {
  for (const [id, schema] of Object.entries(SHARED)) z.globalRegistry.add(schema, { ...schema.meta(), id });
  const { $schema: _, $defs = {}, ...schema } = z.toJSONSchema(type, { io });
  // Where a schema refers to itself, zod puts names of its own between, which are others in each operation.
  const resolve = (name: string): string => {
    const target = name.startsWith('__') ? POINTER.exec(String($defs[name]?.$ref))?.[1] : name;
    if (target === undefined) throw new Error(`“${name}” in the ${io} needs a name in SHARED.`);
    return target === name ? name : resolve(target);
  };
  const toOwn = (part: unknown) => pointingTo(part, (name) => `#/$defs/${resolve(name)}`) as Schema;
  const named = Object.entries($defs).filter(([name]) => resolve(name) === name);
  return { ...toOwn(schema), $defs: Object.fromEntries(named.map(([name, part]) => [name, toOwn(part)])) };
}

/** A schema that is not the same in both directions, or points to one that is not, has a name for each. */
function nameShared(shared: Readonly<Record<Direction, Schemas>>): (name: string, direction: Direction) => string {
  const both = Object.keys(shared.input).filter((name) => Object.hasOwn(shared.output, name));
  const apart = new Set(
    both.filter((name) => JSON.stringify(shared.input[name]) !== JSON.stringify(shared.output[name])),
  );
  const grow = () =>
    both.filter((name) => !apart.has(name) && targetsOf(shared.input[name]).some((one) => apart.has(one)));
  for (let more = grow(); more.length > 0; more = grow()) for (const name of more) apart.add(name);
  return (name, direction) => {
    const capital = name.charAt(0).toUpperCase() + name.slice(1);
    if (!apart.has(name)) return capital;
    return capital + (direction === 'input' ? 'Given' : 'Told');
  };
}

function targetsOf(schema: unknown): readonly string[] {
  const targets: string[] = [];
  pointingTo(schema, (name) => {
    targets.push(name);
    return name;
  });
  return targets;
}

/** The same, with what it refers to by name said in another way. */
function pointingTo(schema: unknown, toReference: (name: string) => string): unknown {
  if (Array.isArray(schema)) return schema.map((part) => pointingTo(part, toReference));
  if (typeof schema !== 'object' || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) => {
      const target = key === '$ref' && typeof value === 'string' ? POINTER.exec(value)?.[1] : undefined;
      return [key, target === undefined ? pointingTo(value, toReference) : toReference(target)];
    }),
  );
}

if (import.meta.main) {
  const write = (name: string, content: unknown) =>
    writeFileSync(join(import.meta.dirname, name), `${JSON.stringify(content, null, 2)}\n`);
  write('openapi.json', toOpenApi());
  write(
    'operations.json',
    FUNCTIONS.map(({ operationId }) => operationId),
  );
}
