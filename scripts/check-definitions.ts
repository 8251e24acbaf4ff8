/**
 * What a bundle can know beforehand. The workflows of this repository are checked when it is built: a start that runs them as
 * they are then neither reads YAML nor checks them (`src/house/known-definitions.ts`); one that an operator has changed is
 * another text, and is checked. The schemas of our own events are told as JSON Schema (`src/house/known-events.ts`).
 */
import { join } from 'node:path';
import type { Plugin } from 'esbuild';
import { z } from 'zod';
import { CATALOGUE } from '../src/events/catalogue.ts';
import { digestOf, toDefinitionTable } from '../src/house/definitions.ts';
import { readOperatorFiles } from '../src/house/operator-files.ts';
import { toChecked } from '../src/workflow/checked-definition.ts';

const ROOT = join(import.meta.dirname, '..');

/** Has a bundle hold it. */
export const checked: Plugin = {
  name: 'checked',
  setup({ onLoad }) {
    onLoad({ filter: /src\/house\/known-definitions\.ts$/ }, async () => {
      const files = readOperatorFiles({ workflowsPath: join(ROOT, 'workflows'), channelsPath: undefined });
      const { all } = await toDefinitionTable(files.workflows);
      const known = Object.fromEntries(all.map((definition) => [digestOf(definition.text), toChecked(definition)]));
      return { contents: `export const KNOWN_DEFINITIONS = ${JSON.stringify(known)};` };
    });
    onLoad({ filter: /src\/house\/known-events\.ts$/ }, () => {
      const known = Object.entries(CATALOGUE).map(([type, { data }]) => [type, z.toJSONSchema(data)]);
      return { contents: `export const KNOWN_EVENTS = ${JSON.stringify(Object.fromEntries(known))};` };
    });
  },
};
