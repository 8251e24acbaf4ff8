/**
 * Tells a story once without a fault, then once for every place it passed: the house is abandoned there, another one opens
 * its store a little later, and what comes out must be the same, with every effect once.
 */
import { afterAll, expect, test } from 'vitest';
import { post } from '../support/house.ts';
import { type Life, live } from './life.ts';
import { outcome, remembered, type Scenario } from './scenario.ts';
import { unwatchHttp } from './seams.ts';

/** Where the beginning or the end of a story is told by another: the first place to die at, and the last. */
export interface Part {
  readonly from: RegExp;
  readonly to?: RegExp;
}

/** Declares the tests of a story that passes each of `expected`, among others. */
export async function dieAtEveryPlace(
  begin: () => Promise<Scenario>,
  expected: readonly string[],
  part?: Part,
): Promise<void> {
  const told = await tellWithoutFault(begin);
  const { result, memory } = told;
  const places = part === undefined ? told.places : within(told.places, part);
  afterAll(unwatchHttp);

  test('the story passes the places that matter', () => {
    expect(places).toEqual(expect.arrayContaining([...expected]));
  });

  test.each(places.filter(isOfItsOwn))('a death at %s changes nothing of what comes out', async (place) => {
    const scenario = await begin();
    const { world, quiet = ({ quiet }) => quiet() } = scenario;
    try {
      const status = await tellUntil(place, await live(world, 1), scenario);
      const { house } = await live(world, 2);
      // Whom GitHub was answered by, it does not deliver to again; else it is asked to.
      if (status === undefined) expect((await post(house.webhookUrl, scenario)).status).toBeLessThan(300);
      await quiet(house);

      expect(outcome(world)).toEqual(result);
      expect(await remembered(house, world)).toEqual(memory);
      expect((await house.guest.outbox.depth()).dead).toBe(0);
      expect((await house.runs()).map((run) => run.status)).not.toContain('faulted');
      await house.stop();
    } finally {
      await world.close();
    }
  });
}

function within(places: readonly string[], { from, to }: Part): readonly string[] {
  const first = places.findIndex((place) => from.test(place));
  const last = to === undefined ? places.length - 1 : places.findIndex((place) => to.test(place));
  return first === -1 ? [] : places.slice(first, last + 1);
}

/** Dying before a step is dying after whatever came before it, which is a place already. */
function isOfItsOwn(place: string, index: number): boolean {
  return index === 0 || !place.includes(':before#');
}

async function tellWithoutFault(begin: () => Promise<Scenario>) {
  const scenario = await begin();
  const { world, quiet = ({ quiet }) => quiet() } = scenario;
  const { house, places, arm } = await live(world, 1);
  arm();
  await post(house.webhookUrl, scenario);
  await quiet(house);
  const told = { places: [...places], result: outcome(world), memory: await remembered(house, world) };
  await world.close();
  return told;
}

/** Answers the webhook's status, undefined where the house died before its answer. It may not pass there this time, and end well. */
async function tellUntil(place: string, { house, arm, died }: Life, scenario: Scenario): Promise<number | undefined> {
  arm(place);
  const gone = new AbortController();
  let status: number | undefined;
  const answered = post(house.webhookUrl, { ...scenario, signal: gone.signal }).then((answer) => {
    status = answer.status;
  });
  const { quiet = ({ quiet }) => quiet() } = scenario;
  const ended = answered.then(() => quiet(house)).then(() => 'lived' as const);
  const fate = await Promise.race([died.then(() => 'died' as const), ended]);
  if (fate === 'lived') await house.stop();
  else await house.abandon();
  gone.abort();
  return status;
}
