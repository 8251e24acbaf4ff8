import { describe, expect, test } from 'vitest';
import type { Event } from '../../src/events/event.ts';
import { eventOf, type StoreUnderTest } from './store-under-test.ts';

const NONE: ReadonlySet<number> = new Set();

export function describeOutbox(store: () => StoreUnderTest): void {
  const publish = (event: Event, triggers: readonly string[], now = 100, dataText?: string | Buffer) =>
    store().outbox.publish({ event, triggers, now, ...(dataText === undefined ? {} : { dataText }) });

  async function published(event: Event, trigger = 'runner', now = 100): Promise<number> {
    const answer = await publish(event, [trigger], now);
    if (answer.outcome !== 'accepted') throw new Error(`The event is ${answer.outcome}.`);
    return answer.deliveries[0] as number;
  }

  describe('the inbox', () => {
    test('a new event is accepted with one delivery per trigger, in their order', async () => {
      const answer = await publish(eventOf('a'), ['runner', 'notifier']);

      const due = await store().outbox.due('7', 100, 10, NONE);
      expect(answer).toEqual({ outcome: 'accepted', deliveries: due.map(({ delivery }) => delivery) });
      expect(due.map(({ trigger }) => trigger)).toEqual(['runner', 'notifier']);
    });

    test('an event that no trigger wants is known all the same', async () => {
      expect(await publish(eventOf('a'), [])).toEqual({ outcome: 'accepted', deliveries: [] });

      expect(await publish(eventOf('a'), [])).toEqual({ outcome: 'duplicate' });
    });

    test('data given as bytes is kept as the text they are', async () => {
      const event = eventOf('a', { data: { title: 'Grüße ☃ 𝄞' } });
      const bytes = Buffer.from('{ "title": "Grüße ☃ 𝄞" }');

      await publish(event, ['runner'], 100, bytes);

      expect((await store().outbox.due('7', 100, 10, NONE)).map((due) => due.event)).toEqual([event]);
      expect(await publish(event, ['runner'], 100, bytes)).toEqual({ outcome: 'duplicate' });
      expect(await publish(event, ['runner'])).toEqual({ outcome: 'duplicate' });
    });

    const LENGTHS = [4_000, 5_000, 60_000, 700_000];
    test.each(LENGTHS)('data of %i characters is kept as it is, and known again', async (length) => {
      const text = 'Grüße ☃ 𝄞 "\\ \u0000 '.repeat(length / 20);
      const [first, event] = ['first', 'a'].map((id) => eventOf(id, { data: { id, text, more: [text, null] } }));
      const bytes = Buffer.from(JSON.stringify(event?.data));

      await publish(first as Event, ['runner'], 100);
      await publish(event as Event, ['runner'], 100, bytes);

      expect((await store().outbox.due('7', 100, 10, NONE)).map((due) => due.event)).toEqual([first, event]);
      expect(await publish(event as Event, ['runner'], 100, bytes)).toEqual({ outcome: 'duplicate' });
      expect(await publish(event as Event, ['runner'])).toEqual({ outcome: 'duplicate' });
      const other = eventOf('a', { data: { id: 'a', text, more: [`${text}.`, null] } });
      expect(await publish(other, ['runner'])).toEqual({ outcome: 'conflict' });
    });

    const again: readonly (readonly [told: string, first: Event, second: Event, outcome: string])[] = [
      ['the same again is a duplicate', eventOf('a'), eventOf('a'), 'duplicate'],
      [
        'another time does not make it another event',
        eventOf('a'),
        eventOf('a', { time: '2026-11-21T12:00:00Z' }),
        'duplicate',
      ],
      [
        'the same data in another order is the same',
        eventOf('a', { data: { x: 1, y: [2] } }),
        eventOf('a', { data: { y: [2], x: 1 } }),
        'duplicate',
      ],
      [
        'the same told by another source is a duplicate',
        eventOf('a'),
        eventOf('a', { source: 'https://github.com/octo/renamed' }),
        'duplicate',
      ],
      ['other data is a conflict', eventOf('a'), eventOf('a', { data: { number: 13 } }), 'conflict'],
      ['no data where there was some is a conflict', eventOf('a'), eventOf('a', { data: undefined }), 'conflict'],
      ['data that is null is not no data', eventOf('a', { data: undefined }), eventOf('a', { data: null }), 'conflict'],
      [
        'another type is a conflict',
        eventOf('a'),
        eventOf('a', { type: 'dev.knative.source.github.push' }),
        'conflict',
      ],
      [
        'other data from another source is a conflict',
        eventOf('a'),
        eventOf('a', { source: 'https://x/y', data: 1 }),
        'conflict',
      ],
      ['another tenant has ids of its own', eventOf('a'), eventOf('a', { tenant: '8', data: 1 }), 'accepted'],
      ['an id that begins alike is another', eventOf('a'), eventOf('ab'), 'accepted'],
    ];
    test.each(again)('%s', async (_, first, second, outcome) => {
      await publish(first, ['runner']);

      expect(await publish(second, ['runner'])).toMatchObject({ outcome });

      const due = await store().outbox.due('7', 100, 10, NONE);
      expect(due.filter(({ event }) => event.id === 'a')).toHaveLength(1);
    });

    test('of many callers with one id at once, one is accepted', async () => {
      const answers = await Promise.all(Array.from({ length: 20 }, () => publish(eventOf('a'), ['runner'])));

      expect(answers.filter(({ outcome }) => outcome === 'accepted')).toHaveLength(1);
      expect(answers.filter(({ outcome }) => outcome === 'duplicate')).toHaveLength(19);
    });

    test('an event comes back as it went in, hostile text and extensions included', async () => {
      const data = {
        title: '"; drop table events; -- \u0000 \u202e <!channel> 😀',
        __proto__x: 1,
        nested: [[null, 1e21]],
      };
      const event = eventOf('ä/🎣', { data, subject: "o'clock", fairleadhops: 3, time: '2026-11-21T12:00:00Z' });
      await publish(event, ['runner']);

      const [delivery] = await store().outbox.due('7', 100, 10, NONE);
      expect(delivery?.event).toEqual(event);
    });

    test('the exact text of the data is what is kept, where the caller has it', async () => {
      await publish(eventOf('a', { data: { n: 1 } }), ['runner'], 100, '{ "n" : 1.0 }');

      expect(await publish(eventOf('a', { data: { n: 1 } }), [], 100, '{ "n" : 1.0 }')).toEqual({
        outcome: 'duplicate',
      });
      const [delivery] = await store().outbox.due('7', 100, 10, NONE);
      expect(delivery?.event.data).toEqual({ n: 1 });
    });

    test('of ids asked for, those that the tenant has no event of are answered', async () => {
      await publish(eventOf('a'), []);
      await publish(eventOf('b', { tenant: '8' }), []);

      expect(await store().outbox.unknown('7', ['a', 'b', 'c'])).toEqual(['b', 'c']);
    });
  });

  describe('deliveries', () => {
    test('are due from their time on, oldest first, one tenant at a time', async () => {
      await published(eventOf('later'), 'runner', 200);
      await published(eventOf('sooner'), 'runner', 100);
      await published(eventOf('other', { tenant: '8' }), 'runner', 150);

      const idsAt = async (now: number) => (await store().outbox.due('7', now, 10, NONE)).map(({ event }) => event.id);
      expect(await idsAt(99)).toEqual([]);
      expect(await idsAt(100)).toEqual(['sooner']);
      expect(await idsAt(200)).toEqual(['sooner', 'later']);
    });

    test('under way are left out, and do not count against the limit', async () => {
      const numbers = [await published(eventOf('a')), await published(eventOf('b')), await published(eventOf('c'))];

      const due = await store().outbox.due('7', 100, 1, new Set(numbers.slice(0, 2)));
      expect(due.map(({ event }) => event.id)).toEqual(['c']);
    });

    test('that are done are due no more', async () => {
      const delivery = await published(eventOf('a'));

      await store().outbox.settle([{ delivery, outcome: 'done' }]);

      expect(await store().outbox.due('7', 1000, 10, NONE)).toEqual([]);
      expect(await store().outbox.depth()).toEqual({ due: 0, dead: 0 });
    });

    test('that are tried again are due at their new time, with one try more', async () => {
      const delivery = await published(eventOf('a'));

      await store().outbox.settle([{ delivery, outcome: 'retry', at: 500, reason: 'status 503' }]);

      expect(await store().outbox.due('7', 499, 10, NONE)).toEqual([]);
      expect(await store().outbox.due('7', 500, 10, NONE)).toMatchObject([{ delivery, attempts: 1 }]);
    });

    test('the tenants with something due are named, each once', async () => {
      for (const [index, tenant] of ['9', '10', '9', '11'].entries()) {
        await published(eventOf(`${index}`, { tenant }), 'runner', tenant === '11' ? 500 : 100);
      }

      expect([...(await store().outbox.tenantsDue(100))].sort()).toEqual(['10', '9']);
    });

    test('an event without a tenant is kept under the tenant of none', async () => {
      const { tenant: _, ...event } = eventOf('a');
      await published(event as Event);

      expect(await store().outbox.tenantsDue(100)).toEqual(['0']);
      expect(await store().outbox.due('0', 100, 1, NONE)).toMatchObject([{ tenant: '0', event }]);
    });

    test('the next time that one becomes due leaves out those that are due already', async () => {
      expect(await store().outbox.nextDue(0)).toBeUndefined();
      await published(eventOf('a'), 'runner', 100);
      await published(eventOf('b', { tenant: '8' }), 'runner', 300);
      await published(eventOf('c', { tenant: '9' }), 'runner', 200);

      expect(await store().outbox.nextDue(100)).toBe(200);
      expect(await store().outbox.nextDue(300)).toBeUndefined();
    });

    test('no number is used twice, even after all before it are done', async () => {
      const first = await published(eventOf('a'));
      await store().outbox.settle([{ delivery: first, outcome: 'done' }]);

      expect(await published(eventOf('b'))).toBeGreaterThan(first);
    });
  });

  describe('dead letters', () => {
    async function dead(id: string, tenant = '7', at = 400): Promise<number> {
      const delivery = await published(eventOf(id, { tenant }));
      await store().outbox.settle([{ delivery, outcome: 'dead', at, reason: `${id} was refused`, status: 422 }]);
      return delivery;
    }

    test('keep the event, the trigger, the tries and why', async () => {
      const delivery = await dead('a');

      const letter = {
        delivery,
        tenant: '7',
        trigger: 'runner',
        event: eventOf('a'),
        attempts: 1,
        reason: 'a was refused',
        status: 422,
        at: 400,
      };
      expect(await store().outbox.deadLetter(delivery)).toEqual(letter);
      expect(await store().outbox.deadLetters({ limit: 10 })).toEqual([letter]);
      expect(await store().outbox.due('7', 1000, 10, NONE)).toEqual([]);
      expect(await store().outbox.depth()).toEqual({ due: 0, dead: 1 });
    });

    test('are listed newest first, page by page, of all tenants or of one', async () => {
      const numbers = [await dead('a'), await dead('b', '8'), await dead('c')];
      const list = async (query: Parameters<StoreUnderTest['outbox']['deadLetters']>[0]) =>
        (await store().outbox.deadLetters(query)).map(({ event }) => event.id);

      expect(await list({ limit: 2 })).toEqual(['c', 'b']);
      expect(await list({ limit: 2, before: numbers[1] as number })).toEqual(['a']);
      expect(await list({ limit: 5, tenant: '7' })).toEqual(['c', 'a']);
    });

    test('are due at once when made so, with no tries, and only once', async () => {
      const delivery = await dead('a');

      expect(await store().outbox.redeliver(delivery, 900)).toBe(true);

      expect(await store().outbox.redeliver(delivery, 900)).toBe(false);
      expect(await store().outbox.deadLetter(delivery)).toBeUndefined();
      expect(await store().outbox.due('7', 900, 10, NONE)).toMatchObject([{ delivery, attempts: 0 }]);
    });

    test('that do not exist are not found and not redelivered', async () => {
      const due = await published(eventOf('a'));

      expect(await store().outbox.deadLetter(due)).toBeUndefined();
      expect(await store().outbox.redeliver(due, 100)).toBe(false);
      expect(await store().outbox.redeliver(12_345, 100)).toBe(false);
    });

    test('take in an event that nobody may act on, once', async () => {
      const event = eventOf('a', { tenant: undefined });
      await store().outbox.bury(event, 'no installation', 300);
      await store().outbox.bury(event, 'no installation', 301);

      expect(await store().outbox.deadLetters({ limit: 10 })).toMatchObject([
        { tenant: '0', trigger: '', attempts: 0, reason: 'no installation', status: undefined, at: 300 },
      ]);
      expect(await publish(event, ['runner'])).toEqual({ outcome: 'duplicate' });
    });

    test('take in an event that was accepted before and given up by another broker, once for each trigger', async () => {
      const event = eventOf('a');
      await publish(event, []);
      for (const trigger of ['runner', 'notifier', 'runner'])
        await store().outbox.bury(event, 'HTTP 500', 300, trigger);

      const letters = await store().outbox.deadLetters({ limit: 10 });
      expect(letters.map(({ trigger }) => trigger).sort()).toEqual(['notifier', 'runner']);
      expect(letters).toMatchObject([{ event }, { event }]);
    });
  });

  describe('forgetting', () => {
    test('takes what is old and done, and leaves what is new, due or dead', async () => {
      await publish(eventOf('old'), [], 100);
      await published(eventOf('due'), 'runner', 100);
      await store().outbox.bury(eventOf('dead'), 'no installation', 100);
      await publish(eventOf('new'), [], 200);

      expect(await store().outbox.prune(200)).toBe(1);

      expect(await store().outbox.unknown('7', ['old', 'due', 'dead', 'new'])).toEqual(['old']);
    });

    test('takes more than fits into one commit', async () => {
      await Promise.all(Array.from({ length: 1201 }, (_, index) => publish(eventOf(`e${index}`), [], 100)));

      expect(await store().outbox.prune(101)).toBe(1201);
      expect(await store().outbox.prune(101)).toBe(0);
    });

    test('leaves off when it is told to stop', async () => {
      await Promise.all(Array.from({ length: 1201 }, (_, index) => publish(eventOf(`e${index}`), [], 100)));
      const stopping = new AbortController();

      const pruned = store().outbox.prune(101, stopping.signal);
      stopping.abort();

      expect(await pruned).toBeLessThan(1201);
    });
  });
}
