/** Death at every place between webhook and chat message: a house in this process is abandoned there, another opens its store. */
import { afterAll, describe, expect, test } from 'vitest';
import { post } from '../support/house.ts';
import { live, restoreFetch } from './life.ts';
import { opened, outcome, pushed, type Scenario } from './scenario.ts';

afterAll(restoreFetch);

const STORIES: readonly { readonly name: string; readonly begin: () => Promise<Scenario> }[] = [
  { name: 'an opened pull request', begin: () => opened() },
  { name: 'a push to a pull request that was announced', begin: beginWithPush },
];

async function beginWithPush(): Promise<Scenario> {
  const before = await opened();
  const { house } = await live(before.world);
  await post(house.webhookUrl, before);
  await house.quiet();
  await house.stop();
  return pushed(before);
}

for (const { name, begin } of STORIES) {
  const { places, expected } = await tellWithoutFault(begin);

  describe(name, () => {
    test('passes the places that matter', () => {
      for (const place of ['workflow.call.after#1', 'notifier.after-send#1', 'delivery.handled#1'])
        expect(places).toContain(place);
      expect(places.filter((place) => place.includes(':after')).length).toBeGreaterThan(30);
    });

    test.each(places)('a death at %s changes nothing of what comes out', async (place) => {
      const scenario = await begin();
      const { world } = scenario;
      try {
        const first = await live(world, 1);
        first.arm(place);
        const gone = new AbortController();
        const answer = post(first.house.webhookUrl, { ...scenario, signal: gone.signal }).then(
          ({ status }) => status,
          () => undefined,
        );
        await first.died;
        await first.house.abandon();
        const status = await Promise.race([answer, Promise.resolve().then(() => undefined)]);
        gone.abort();

        const second = await live(world, 2);
        // GitHub asks nothing twice of whom it was answered by; the others it is asked to deliver to again.
        if (status === undefined) expect((await post(second.house.webhookUrl, scenario)).status).toBeLessThan(300);
        await second.house.quiet();

        expect(outcome(world)).toEqual(expected);
        expect((await second.house.guest.outbox.depth()).dead).toBe(0);
        expect((await second.house.runs()).every(({ status }) => status === 'completed')).toBe(true);
        await second.house.stop();
      } finally {
        await world.close();
      }
    });
  });
}

async function tellWithoutFault(begin: () => Promise<Scenario>) {
  const scenario = await begin();
  const { world } = scenario;
  const { house, places, arm } = await live(world, 1);
  arm();
  await post(house.webhookUrl, scenario);
  await house.quiet();
  const told = { places: [...places], expected: outcome(world) };
  await world.close();
  return told;
}
