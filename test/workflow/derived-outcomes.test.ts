/** When the outcome of a list of tasks is durable: before the next effect, unless whoever goes on comes to the very same. */
import { expect, test } from 'vitest';
import type { Journal } from '../../src/workflow/journal.ts';
import { createMemoryJournal } from '../../src/workflow/memory-journal.ts';
import { define } from './crash-workflows.ts';
import { begin, createStage, drive, startProcess } from './stage.ts';

/** How many effects there were when the outcome of the first task was written. */
async function effectsWhenWritten(first: string): Promise<number | undefined> {
  const { definition } = define(
    'derived',
    `
do:
  - list: ${first}
  - after: { call: record, with: { n: 2 } }
`,
  );
  const kept = createMemoryJournal();
  let effects: number | undefined;
  const journal: Journal = {
    ...kept,
    append(claim, entries, ...rest) {
      if (entries.some(({ kind, position }) => kind === 'done' && position === '/do/0/list'))
        effects = stage.effects.size;
      return kept.append(claim, entries, ...rest);
    },
  };
  const stage = createStage([definition], journal);
  await begin(stage, definition, {});
  await drive(stage, startProcess(stage, 'process', 0));
  expect(stage.effects.size).toBe(2);
  return effects;
}

const LIST = '[{ a: { call: record, with: { n: 1 } } }]';

test.each([
  ['do', `{ do: ${LIST} }`],
  ['try', `{ try: ${LIST}, catch: { retry: { delay: PT1S, limit: { attempt: { count: 1 } } } } }`],
])('of a plain %s it waits for the next commit', async (_, first) => {
  expect(await effectsWhenWritten(first)).toBe(2);
});

test.each([
  ['a condition', `{ if: '\${ now > 0 }', do: ${LIST} }`],
  ['an input', `{ input: { from: '\${ { at: now } }' }, do: ${LIST} }`],
  ['an output', `{ output: { as: '\${ { at: now } }' }, do: ${LIST} }`],
  ['an export', `{ export: { as: '\${ { at: now } }' }, do: ${LIST} }`],
])('of one with %s, which may say something else the next time, it does not', async (_, first) => {
  expect(await effectsWhenWritten(first)).toBe(1);
});
