import { expect, test } from 'vitest';
import { createKeptDefinitions } from '../../src/house/kept-definitions.ts';
import { loadDefinition } from '../../src/workflow/definition.ts';
import type { Journal } from '../../src/workflow/journal.ts';
import { createMemoryJournal } from '../../src/workflow/memory-journal.ts';
import { createSimulatedClock } from '../support/simulated-clock.ts';

function definitionOf(name: string) {
  const head = `document: { dsl: '1.0.3', namespace: test, name: ${name}, version: '1.0.0' }`;
  return loadDefinition(`${head}\ndo: [{ it: { set: { a: 1 } } }]`, { file: name }).definition!;
}

/** A journal that tells what it was asked, and fails to keep as often as it is told. */
function stage() {
  const [one, other] = [definitionOf('one'), definitionOf('other')];
  const memory = createMemoryJournal();
  const asked: string[] = [];
  let failures = 0;
  const journal: Journal = {
    ...memory,
    async keepDefinition(ref, text, at) {
      asked.push(`keep ${ref.name}`);
      failures -= 1;
      if (failures >= 0) throw new Error('The store is away.');
      return memory.keepDefinition(ref, text, at);
    },
    create(run) {
      asked.push(`create ${run.id}`);
      return memory.create(run);
    },
  };
  const kept = createKeptDefinitions({ journal, clock: createSimulatedClock() }, [one, other]);
  const create = (id: string) =>
    kept.journal.create({ tenant: '7', id, key: id, definition: one.ref, input: null, createdAt: 0 });
  return { one, memory, asked, kept, create, fail: (times: number) => (failures = times) };
}

test('a definition is kept before its first run, once, and the others when there is time', async () => {
  const { one, memory, asked, kept, create } = stage();
  await create('r1');
  await create('r2');
  expect(asked).toEqual(['keep one', 'create r1', 'create r2']);
  expect(await memory.readDefinition(one.ref.digest)).toBe(one.text);
  await kept.keepAll();
  await kept.keepAll();
  expect(asked.slice(3)).toEqual(['keep other']);
});

test('a run is not said to be created whose definition could not be kept; the next try keeps it', async () => {
  const { one, memory, create, fail } = stage();
  fail(1);
  await expect(create('r1')).rejects.toThrow('The store is away.');
  expect((await create('r1')).outcome).toBe('known');
  expect(await memory.readDefinition(one.ref.digest)).toBe(one.text);
});
