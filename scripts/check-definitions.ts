/**
 * What a bundle can know beforehand. The workflows of this repository are checked when it is built: a start that runs them as
 * they are then neither reads YAML nor checks them (`src/house/known-definitions.ts`); one that an operator has changed is
 * another text, and is checked. Their expressions are parsed (`src/expression/known-trees.ts`). The schemas of our own events
 * are told as JSON Schema (`src/house/known-events.ts`).
 */
import { join } from 'node:path';
import type { Plugin } from 'esbuild';
import { z } from 'zod';
import { CATALOGUE } from '../src/events/catalogue.ts';
import type { Json } from '../src/expression/json.ts';
import { parse } from '../src/expression/parser.ts';
import { digestOf, toDefinitionTable } from '../src/house/definitions.ts';
import { readOperatorFiles } from '../src/house/operator-files.ts';
import { toChecked } from '../src/workflow/checked-definition.ts';
import { ENCLOSED } from '../src/workflow/enclosed.ts';

const ROOT = join(import.meta.dirname, '..');
/** Names and types of events are left out. */
const MAY_BE_PROGRAM = /[$(|=<>]|^\s*\./;

/** Has a bundle hold it. */
export const checked: Plugin = {
  name: 'checked',
  setup({ onLoad }) {
    onLoad({ filter: /src\/house\/known-definitions\.ts$/ }, async () => {
      const { all } = await shipped();
      const known = Object.fromEntries(all.map((definition) => [digestOf(definition.text), toChecked(definition)]));
      return { contents: `export const KNOWN_DEFINITIONS = ${JSON.stringify(known)};` };
    });
    onLoad({ filter: /src\/expression\/known-trees\.ts$/ }, async () => {
      return { contents: `export const KNOWN_TREES = new Map(${JSON.stringify([...(await knownTrees())])});` };
    });
    onLoad({ filter: /src\/house\/known-events\.ts$/ }, () => {
      const known = Object.entries(CATALOGUE).map(([type, { data }]) => [type, z.toJSONSchema(data)]);
      return { contents: `export const KNOWN_EVENTS = ${JSON.stringify(Object.fromEntries(known))};` };
    });
  },
};

/** The syntax trees, as JSON, of the programs in this repository's workflows. */
export async function knownTrees(): Promise<ReadonlyMap<string, string>> {
  const { all } = await shipped();
  return new Map(all.flatMap(({ document }) => [...programsIn(document)]));
}

function shipped(): ReturnType<typeof toDefinitionTable> {
  const files = readOperatorFiles({ workflowsPath: join(ROOT, 'workflows'), channelsPath: undefined });
  return toDefinitionTable(files.workflows);
}

/** What may be a program wherever it stands: more than is one does no harm. */
function* programsIn(value: Json): Generator<readonly [source: string, tree: string]> {
  if (typeof value === 'string') {
    const source = ENCLOSED.exec(value)?.[1] ?? value;
    const tree = MAY_BE_PROGRAM.test(source) ? treeOf(source) : undefined;
    if (tree !== undefined) yield [source, tree];
  } else if (typeof value === 'object' && value !== null) {
    for (const each of Object.values(value)) yield* programsIn(each);
  }
}

/** Undefined for a text that is no program, or one that JSON cannot tell as it is. */
function treeOf(source: string): string | undefined {
  try {
    return JSON.stringify(parse(source), (_, value) => {
      if (typeof value === 'number' && !Number.isFinite(value)) throw new Error('JSON has no such number');
      return value;
    });
  } catch {
    return undefined;
  }
}
