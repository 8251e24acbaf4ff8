/** A house in this process that can die: at a place it is told, everything it had under way stops for good. */
import type { Clock } from '../../src/observe/clock.ts';
import type { SqliteStore } from '../../src/store/sqlite.ts';
import type { House, HouseOptions, World } from '../support/house.ts';
import { createLeapingClock } from '../support/leaping-clock.ts';
import { createNumbering, watchHttp, watchStore } from './seams.ts';

export interface Life {
  readonly house: House;
  /** The places reached since {@link Life.arm}, in order. */
  readonly places: readonly string[];
  /** Counts places from now on, and dies at the one named, if any. */
  arm(place?: string): void;
  /** Resolves when it has died, with its store's file let go of. */
  readonly died: Promise<void>;
}

const NEVER = new Promise<never>(() => {});

/** Longer than a lease, so that a successor does not wait for the dead one's. */
const LATER_MS = 10_000;

/** `nth`: how many lives there were before, each later than the one before it. */
export async function live(world: World, nth = 0, options: HouseOptions = {}): Promise<Life> {
  const death = Promise.withResolvers<void>();
  const places: string[] = [];
  let number: ((place: string) => string) | undefined;
  let fatal: string | undefined;
  let isDead = false;
  let store: SqliteStore | undefined;
  const clock = mortal(createLeapingClock(nth * LATER_MS), () => isDead);

  const alive = async () => {
    if (isDead) await NEVER;
  };
  function pass(place: string): boolean {
    if (isDead) return false;
    if (number === undefined) return true;
    const name = number(place);
    places.push(name);
    if (name !== fatal) return true;
    isDead = true;
    // What it had asked of the store before is written: it died a moment later, for all that anybody can tell.
    void store?.close().then(death.resolve);
    return false;
  }
  const reach = async (place: string) => {
    if (!pass(place)) await NEVER;
  };
  await watchHttp(namesOf(world), reach);

  const house = await world.start({
    config: { drainMs: 0 },
    // What GitHub would tell the bot of its own acts stays on GitHub, where it tells every effect there was.
    connected: false,
    ...options,
    clock,
    wrapStore: (opened) => {
      store = opened;
      return watchStore(opened, reach, alive);
    },
    // Thrown, since the rooms that name these places go on at once; what they do then meets the dead store.
    crashPoint: (name) => {
      if (!pass(name)) throw new Error(`dead at ${name}`);
    },
  });
  return {
    house,
    places,
    died: death.promise,
    arm(place) {
      number = createNumbering();
      fatal = place;
    },
  };
}

export function namesOf({ github, slack }: World): ReadonlyMap<string, string> {
  return new Map([
    [github.url, 'github'],
    [slack.url, 'slack'],
  ]);
}

/** A clock whose timers are still with its owner's death. */
function mortal(clock: Clock, isDead: () => boolean): Clock {
  return {
    now: clock.now,
    after: (ms, callback) =>
      clock.after(ms, () => {
        if (!isDead()) callback();
      }),
  };
}
