// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the DSL writes its expressions so.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Json } from '../../src/expression/json.ts';
import { loadDefinition } from '../../src/workflow/definition.ts';
import { task, taskList } from '../../src/workflow/schema/task.ts';
import { workflowSchema } from '../../src/workflow/schema/workflow.ts';
import { seeded } from './stage.ts';

const DSL = join(import.meta.dirname, '../../../shared/data/dsl');
const isThere = existsSync(DSL);
const ours = workflowSchema(task, taskList);

/**
 * Where ours judges otherwise than the official schema, on purpose:
 * - `document.dsl` must be a version that this runtime understands;
 * - an expression may go over several lines (the official pattern’s dot does not match a line break);
 * - an authentication policy has one scheme (officially a second one that is malformed is overlooked);
 * - the item of an `asyncapi` subscription is checked once that protocol is supported.
 */
const EXCEPTIONS: readonly ((document: Json) => boolean)[] = [
  (document) => !/^1\.0\.\d/.test(String(read(document, 'document', 'dsl'))),
  (document) => JSON.stringify(document).includes('"asyncapi"') && JSON.stringify(document).includes('"subscription"'),
];

describe.skipIf(!isThere)(`the schema, beside the official one${isThere ? '' : ` (no ${DSL})`}`, () => {
  const examples = isThere ? readdirSync(join(DSL, 'examples')).filter((file) => file.endsWith('.yaml')) : [];
  const documents = examples.map((file) => [file, readFileSync(join(DSL, 'examples', file), 'utf8')] as const);

  it('accepts all 68 examples', () => {
    expect(examples).toHaveLength(68);
    const refused = documents.flatMap(([file, text]) => loadDefinition(text, { file }).problems ?? []);
    expect(refused).toEqual([]);
  });

  it('says of the examples that need more than this runtime does that they cannot run', () => {
    const later = documents
      .map(([file, text]) => [file, loadDefinition(text, { file }).definition?.unsupported ?? []] as const)
      .filter(([, unsupported]) => unsupported.length > 0)
      .map(([file]) => file);
    const needsMore =
      /^(authentication-(oauth2|oidc)|call-(asyncapi|custom-function-cataloged|grpc|mcp)|run-(container|return|script|shell))/;
    expect(later).toEqual(examples.filter((file) => needsMore.test(file)));
  });

  it('judges mutated examples as the official schema of main does', () => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false, logger: false });
    const official = ajv.compile(
      parse(readFileSync(join(DSL, 'workflow-schema-main-2026-07-29.yaml'), 'utf8')) as object,
    );
    const random = seeded(7);
    const differing: string[] = [];
    let refused = 0;
    for (let round = 0; round < 3000; round += 1) {
      const [file, text] = documents[round % documents.length] as readonly [string, string];
      const { document, what } = mutate(parse(text) as Json, random);
      if (EXCEPTIONS.some((isException) => isException(document))) continue;
      const verdict = official(document);
      if (!verdict) refused += 1;
      const result = ours.safeParse(document);
      if (result.success !== verdict) {
        differing.push(
          `${file}, ${what}: official ${verdict}, ours ${result.success} ${JSON.stringify(result.error?.issues[0] ?? official.errors?.[0])}`,
        );
      }
    }
    expect(differing).toEqual([]);
    expect(refused).toBeGreaterThan(800);
  });
});

const STRANGE: readonly Json[] = [
  null,
  true,
  0,
  -1,
  1.5,
  '',
  'text',
  '${ .x }',
  'PT5S',
  'https://example.com/{a}',
  [],
  {},
  [{}],
  { a: 1 },
  [{ a: { set: { b: 1 } } }],
];
const NAMES = [
  'do',
  'set',
  'for',
  'try',
  'catch',
  'then',
  'if',
  'with',
  'input',
  'output',
  'from',
  'as',
  'use',
  'wait',
  'extra',
  'when',
  'until',
  'one',
  'any',
  'all',
  'read',
  'on',
  'retry',
  'delay',
  'constant',
  'linear',
  'basic',
  'bearer',
];

/** Changes one value, adds one property or takes one away, somewhere. */
function mutate(document: Json, random: () => number): { document: Json; what: string } {
  const places: { holder: Record<string, Json> | Json[]; key: string | number; path: string }[] = [];
  collect(document, '', places);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const { holder, key, path } = pick(places);
  const way = Math.floor(random() * 3);
  const value = pick(STRANGE);
  const name = pick(NAMES);
  if (way === 0) Reflect.set(holder, key, structuredClone(value));
  else if (way === 1 && !Array.isArray(holder)) delete holder[key];
  else {
    const target = Reflect.get(holder, key) as Json;
    if (typeof target === 'object' && target !== null && !Array.isArray(target))
      Reflect.set(target, name, structuredClone(value));
    else Reflect.set(holder, key, structuredClone(value));
  }
  return { document, what: `${['replaced', 'removed', 'extended'][way]} ${path} (${name}, ${JSON.stringify(value)})` };
}

function collect(
  value: Json,
  path: string,
  places: { holder: Record<string, Json> | Json[]; key: string | number; path: string }[],
): void {
  if (typeof value !== 'object' || value === null) return;
  const holder = value as Record<string, Json> | Json[];
  for (const key of Object.keys(value)) {
    places.push({ holder, key: Array.isArray(value) ? Number(key) : key, path: `${path}/${key}` });
    collect(Reflect.get(value, key) as Json, `${path}/${key}`, places);
  }
}

function read(document: Json, ...path: string[]): Json | undefined {
  let value: unknown = document;
  for (const step of path) value = typeof value === 'object' && value !== null ? Reflect.get(value, step) : undefined;
  return value as Json | undefined;
}
