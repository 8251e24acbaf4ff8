/**
 * What every Broker keeps, whatever it is made of. Each implementation's test calls this with a way to open one, and says
 * what it does not promise: Knative's broker does not know an event again, and does not say which try a delivery is.
 */
import { afterEach, describe, expect, it } from 'vitest';
import type { Broker, Delivery, DeliveryPolicy, Subscriber } from '../../src/broker/broker.ts';
import type { Event } from '../../src/events/event.ts';
import { FairleadError } from '../../src/events/fairlead-error.ts';

export interface DeadLetter {
  readonly trigger: string;
  /** As it was published. */
  readonly event: Event;
  readonly reason: string;
}

export interface BrokerUnderTest {
  readonly broker: Broker;
  /** The time that retries go by, milliseconds; passes only while a broker waits. */
  now(): number;
  start(): Promise<void>;
  /** Lets time pass, simulated or real, until the condition holds. */
  until(condition: () => boolean | Promise<boolean>): Promise<void>;
  /** Lets everything that is due happen. */
  settle(): Promise<void>;
  deadLetters(): Promise<readonly DeadLetter[]>;
  close(): Promise<void>;
}

export interface BrokerTraits {
  /** Whether an event published again is known. */
  readonly deduplicates: boolean;
  /** Whether a subscriber is told which try a delivery is. */
  readonly countsAttempts: boolean;
}

const EMBEDDED: BrokerTraits = { deduplicates: true, countsAttempts: true };

const QUICK: DeliveryPolicy = { retry: 2, backoffPolicy: 'exponential', backoffDelay: 'PT0.01S' };

function event(id: string, overrides: Partial<Event> = {}): Event {
  return {
    specversion: '1.0',
    id,
    source: '/test',
    type: 'test.happened',
    tenant: '7',
    datacontenttype: 'application/json',
    data: { id },
    ...overrides,
  };
}

export function describeBroker(
  name: string,
  open: () => Promise<BrokerUnderTest>,
  { deduplicates, countsAttempts }: BrokerTraits = EMBEDDED,
): void {
  describe(`a broker: ${name}`, () => {
    let opened: BrokerUnderTest[] = [];

    afterEach(async () => {
      for (const each of opened) await each.close();
      opened = [];
    });

    async function openBroker(): Promise<BrokerUnderTest> {
      const under = await open();
      opened.push(under);
      return under;
    }

    it('delivers an event to every trigger whose filters let it pass, and to no other', async () => {
      const { broker, start, until, settle } = await openBroker();
      const got: string[] = [];
      const record =
        (trigger: string): Subscriber =>
        async ({ id }) => {
          got.push(`${trigger} ${id}`);
          return undefined;
        };
      broker.subscribe({ name: 'everything', filters: [] }, record('everything'));
      broker.subscribe({ name: 'exact', filters: [{ exact: { type: 'test.happened' } }] }, record('exact'));
      broker.subscribe({ name: 'other', filters: [{ exact: { type: 'test.other' } }] }, record('other'));
      broker.subscribe(
        { name: 'both', filters: [{ prefix: { type: 'test.' } }, { not: { exact: { source: '/test' } } }] },
        record('both'),
      );
      await start();
      expect(await broker.publish(event('1'))).toBe('accepted');
      await until(() => got.length >= 2);
      await settle();
      expect(got.sort()).toEqual(['everything 1', 'exact 1']);
    });

    it('hands the attributes and the data over unchanged', async () => {
      const { broker, start, until } = await openBroker();
      const got: Event[] = [];
      broker.subscribe({ name: 'all', filters: [] }, async (given) => {
        got.push(given);
        return undefined;
      });
      await start();
      const published = event('1', {
        subject: '12',
        time: '2026-11-21T12:00:00Z',
        datacontenttype: 'application/json',
        action: 'opened',
        data: { title: 'naïve ☃ "quoted"', nested: [1, 2.5, null, true] },
      });
      await broker.publish(published);
      await until(() => got.length === 1);
      expect(got).toEqual([published]);
    });

    it.runIf(deduplicates)('takes the same event twice, and delivers it once', async () => {
      const { broker, start, until, settle } = await openBroker();
      let count = 0;
      broker.subscribe({ name: 'all', filters: [] }, async () => {
        count += 1;
        return undefined;
      });
      await start();
      expect(await broker.publish(event('1'))).toBe('accepted');
      expect(await broker.publish(event('1'))).toBe('duplicate');
      await until(() => count === 1);
      expect(await broker.publish(event('1'))).toBe('duplicate');
      await settle();
      expect(count).toBe(1);
    });

    it.runIf(deduplicates)('refuses a known id with other content', async () => {
      const { broker, start } = await openBroker();
      await start();
      await broker.publish(event('1'));
      await expect(broker.publish(event('1', { data: 'other' }))).rejects.toMatchObject({ code: 'event.conflict' });
    });

    it('delivers again after a failure, and says which try it is where it knows', async () => {
      const { broker, start, until, settle } = await openBroker();
      const attempts: number[] = [];
      broker.subscribe({ name: 'all', filters: [], delivery: QUICK }, async (_, { attempt }: Delivery) => {
        attempts.push(attempt);
        if (attempts.length < 3) throw new Error('not yet');
        return undefined;
      });
      await start();
      await broker.publish(event('1'));
      await until(() => attempts.length === 3);
      await settle();
      expect(attempts).toEqual(countsAttempts ? [1, 2, 3] : [1, 1, 1]);
    });

    it('gives up after the retries of the policy, and keeps a dead letter that says why', async () => {
      const { broker, start, until, deadLetters } = await openBroker();
      let tries = 0;
      broker.subscribe({ name: 'all', filters: [], delivery: QUICK }, async () => {
        tries += 1;
        throw new FairleadError('delivery.failed', 'The disk is full.');
      });
      await start();
      await broker.publish(event('1'));
      await until(async () => (await deadLetters()).length === 1);
      expect(tries).toBe(3);
      expect(await deadLetters()).toEqual([
        { trigger: 'all', event: event('1'), reason: expect.stringContaining('The disk is full.') },
      ]);
    });

    it('does not try again what was refused for good', async () => {
      const { broker, start, until, deadLetters } = await openBroker();
      let tries = 0;
      broker.subscribe({ name: 'all', filters: [], delivery: QUICK }, async () => {
        tries += 1;
        throw new FairleadError('delivery.refused', 'Not for me.');
      });
      await start();
      await broker.publish(event('1'));
      await until(async () => (await deadLetters()).length === 1);
      expect(tries).toBe(1);
    });

    it('does not let one failing trigger keep another waiting', async () => {
      const { broker, start, until } = await openBroker();
      let handled = 0;
      broker.subscribe({ name: 'failing', filters: [] }, async () => {
        throw new Error('always');
      });
      broker.subscribe({ name: 'working', filters: [] }, async () => {
        handled += 1;
        return undefined;
      });
      await start();
      for (const id of ['1', '2', '3']) await broker.publish(event(id));
      await until(() => handled === 3);
    });

    it('publishes a reply, for its own triggers and under the tenant of the event it answers', async () => {
      const { broker, start, until } = await openBroker();
      const answers: Event[] = [];
      const answer = {
        specversion: '1.0',
        id: 'r-1',
        source: '/answers',
        type: 'test.answered',
        datacontenttype: 'application/json',
        data: 42,
      } as const;
      broker.subscribe({ name: 'asked', filters: [{ exact: { type: 'test.happened' } }] }, async () => answer);
      broker.subscribe({ name: 'answered', filters: [{ exact: { type: 'test.answered' } }] }, async (given) => {
        answers.push(given);
        return undefined;
      });
      await start();
      await broker.publish(event('1'));
      await until(() => answers.length === 1);
      expect(answers).toEqual([{ ...answer, tenant: '7' }]);
    });

    it('ends a circle of replies after 255 hops, and shows no subscriber the hops', async () => {
      const { broker, start, until, deadLetters } = await openBroker();
      const seen: Event[] = [];
      broker.subscribe({ name: 'echo', filters: [] }, async (given) => {
        seen.push(given);
        return { ...given, id: `${given.id}'` };
      });
      await start();
      await broker.publish(event('1'));
      await until(async () => (await deadLetters()).length === 1);
      expect(seen).toHaveLength(255);
      expect(seen.filter((each) => 'knativebrokerttl' in each)).toEqual([]);
    });
  });
}
