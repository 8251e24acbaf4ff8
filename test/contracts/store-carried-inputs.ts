import { describe, expect, test } from 'vitest';
import type { Json } from '../../src/expression/json.ts';
import type { NewRun } from '../../src/workflow/journal.ts';
import { eventOf, runOf, type StoreUnderTest } from './store-under-test.ts';

/** Of a store that keeps events beside its runs. */
export function describeCarriedInputs(store: () => StoreUnderTest): void {
  const journal = () => store().journal;
  const create = (id: string, changes: Partial<NewRun> = {}) => journal().create(runOf(id, changes));

  /** A run that has ended then. */
  async function ended(id: string, at: number, changes: Partial<NewRun>) {
    await create(id, changes);
    const [run] = await journal().claim('one', 1000, 2000, 1);
    if (run === undefined) throw new Error(`${id} cannot be claimed`);
    await journal().append(run.claim, [], { status: 'completed', output: null, at });
  }

  describe('an input that carries an event of the store', () => {
    const data = { number: 12, pull_request: { title: 'a ☃', labels: [] } };
    const event = eventOf('a', { data });
    const json = event as unknown as Json;
    const accept = () => store().outbox.publish({ event, triggers: [], now: 100 });

    const inputs: readonly (readonly [carried: string, input: Json])[] = [
      ['the event itself', json],
      ['a list of it', [json]],
      ['its data', data],
      ['a list of its data, among others', [1, data, null]],
      ['data of the same value that is not its own', [structuredClone(json)]],
      ['the same data twice', [json, json]],
      ['its data further down', { events: [json] }],
    ];
    test.each(inputs)('is read whole: %s', async (_, input) => {
      await accept();
      await create('r1', { input });

      expect((await journal().read('7', 'r1'))?.record.input).toEqual(input);
      const [run] = await journal().claim('one', 1000, 1000, 1);
      const [again] = await journal().claim('two', 1002, 2000, 1);
      expect([run, again].map((claimed) => claimed?.record.input)).toEqual([input, input]);
    });

    test('is read whole though the event is long', async () => {
      const long = ['first', 'second'].map((id) => eventOf(id, { data: { id, body: 'a ☃ '.repeat(5_000) } }));
      for (const each of long) await store().outbox.publish({ event: each, triggers: [], now: 100 });
      const input = [long[1] as unknown as Json];
      await create('r1', { input });

      expect((await journal().read('7', 'r1'))?.record.input).toEqual(input);
      expect((await journal().claim('one', 1000, 2000, 1))[0]?.record.input).toEqual(input);
    });

    test('of another tenant keeps its own', async () => {
      await accept();
      await create('r1', { tenant: '8', input: [json] });
      await store().outbox.prune(1e15);

      expect((await journal().read('8', 'r1'))?.record.input).toEqual([json]);
    });

    test('is read whole however old the event is, until the run is forgotten', async () => {
      await accept();
      await ended('r1', 300, { input: [json] });
      await store().outbox.prune(1e15);
      expect((await journal().read('7', 'r1'))?.record.input).toEqual([json]);

      await journal().prune(1e15);
      await store().outbox.prune(1e15);
      expect(await accept()).toMatchObject({ outcome: 'accepted' });
    });
  });
}
