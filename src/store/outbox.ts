/**
 * The inbox and the outbox. An event and its deliveries are one write; the event's row stays when the deliveries are done,
 * so that the same event offered again is known. How a delivery is tried again is the broker's affair: here it has a time
 * from which it is due.
 */
import { isDeepStrictEqual } from 'node:util';
import { type Event, tenantOf } from '../events/event.ts';
import { all, type Database, first, run, tell, type Unit } from './database.ts';
import { createDeadLetters } from './dead-letters.ts';
import { type EventText, type OfferedEvent, toEvent, toEventText } from './event-text.ts';
import type { KeptEvents } from './kept-events.ts';
import { defineOutboxStatements } from './outbox-statements.ts';
import { createPack, unpackData } from './packed-data.ts';
import {
  type DueDelivery,
  NO_TRIGGER,
  type Outbox,
  type Publication,
  type PublishOutcome,
  type Settlement,
} from './store.ts';

/** Numbers taken from the store at a time where one process owns it: a row less to write per event, and no hot one. */
const NUMBERS_AT_ONCE = 64;

/** Events forgotten in one commit at most, so that others' writes come between. */
const PRUNED_AT_ONCE = 500;

type Known = { readonly known: readonly EventText[] } | Numbers;

interface Numbers {
  readonly numbers: readonly number[];
  /** Taken with them, and free to be used once this is committed. */
  readonly spare: readonly number[];
}

interface OutboxDependencies {
  readonly database: Database;
  readonly keptEvents?: KeptEvents;
}

export function createOutbox({ database, keptEvents }: OutboxDependencies): Outbox {
  const { shared } = database;
  const statements = defineOutboxStatements(database.builder);
  /** A shared database compresses by itself. */
  const pack = shared === undefined ? createPack() : String;
  /** Taken and not used; what is left of them when the process ends is never used. */
  let spare: readonly number[] = [];

  /** Inserts the event unless its id is known, and then answers what is known under it. */
  function* insert(event: Event, text: OfferedEvent, now: number): Unit<readonly EventText[]> {
    const key = { tenant: tenantOf(event), id: event.id };
    const isNew = (yield* run(statements.insertEvent, { ...key, ...text, source: event.source, now })) > 0;
    return isNew ? [] : yield* all(statements.eventsById, key);
  }

  function* accept({ event, triggers, now, leaseUntil }: Publication, text: OfferedEvent): Unit<Known> {
    const known = yield* insert(event, text, now);
    if (known.length > 0) return { known };
    const taken = yield* takeNumbers(triggers.length);
    const dueAt = (shared && leaseUntil) ?? now;
    for (const [index, trigger] of triggers.entries()) {
      yield* tell(statements.insertDelivery, {
        ...delivered(event),
        number: taken.numbers[index] as number,
        trigger,
        dueAt,
      });
    }
    if (shared !== undefined && triggers.length > 0) yield* shared.announce('deliveries');
    return taken;
  }

  function* takeNumbers(count: number): Unit<Numbers> {
    if (count === 0) return { numbers: [], spare: [] };
    if (shared !== undefined) {
      return { numbers: (yield* all(statements.takeNumbers, { count })).map(({ value }) => value), spare: [] };
    }
    if (spare.length >= count) {
      const numbers = spare.slice(0, count);
      spare = spare.slice(count);
      return { numbers, spare: [] };
    }
    const numbers = yield* advance(count + NUMBERS_AT_ONCE);
    return { numbers: numbers.slice(0, count), spare: numbers.slice(count) };
  }

  function* advance(count: number): Unit<readonly number[]> {
    const last = (yield* first(statements.advanceSequence, { count }))?.value as number;
    return Array.from({ length: count }, (_, index) => last - count + 1 + index);
  }

  function* bury(event: Event, text: OfferedEvent, why: { reason: string; trigger: string; now: number }): Unit<void> {
    const { reason, trigger, now } = why;
    const [known] = yield* insert(event, text, now);
    const about = delivered(known === undefined ? event : toEvent(known.attributes, known.data));
    if (known !== undefined && (yield* first(statements.buried, { ...about, trigger })) !== undefined) return;
    const number = (yield* takeNumbers(1)).numbers[0] as number;
    yield* tell(statements.insertDelivery, { ...about, number, trigger, dueAt: now });
    yield* tell(statements.giveUp, { number, at: now, reason, status: null, tries: 0 });
  }

  function* settle(settlements: readonly Settlement[]): Unit<void> {
    for (const settlement of settlements) {
      const { delivery: number, outcome } = settlement;
      if (outcome === 'done') {
        yield* tell(statements.deleteDelivery, { number });
      } else if (outcome === 'retry') {
        yield* tell(statements.postpone, { number, at: settlement.at, reason: settlement.reason });
      } else {
        const { at, reason, status = null } = settlement;
        yield* tell(statements.giveUp, { number, at, reason, status, tries: 1 });
      }
    }
  }

  function* due(tenant: string, now: number, limit: number, except: ReadonlySet<number>): Unit<readonly DueDelivery[]> {
    const numbers = yield* all(statements.dueNumbers, { tenant, now, limit: limit + except.size });
    const deliveries: DueDelivery[] = [];
    for (const { number } of numbers.filter((row) => !except.has(row.number)).slice(0, limit)) {
      const row = yield* first(statements.delivery, { number });
      if (row === undefined) continue;
      deliveries.push({
        delivery: number,
        tenant,
        trigger: row.trigger,
        event: toEvent(row.attributes, row.data),
        attempts: row.attempts,
      });
    }
    return deliveries;
  }

  async function lease(numbers: readonly number[], until: number): Promise<void> {
    if (numbers.length > 0) await database.write(() => run(statements.lease, { numbers, until }));
  }

  /** As `due`, and nobody else is answered the same ones until then. */
  async function take(tenant: string, now: number, limit: number, until: number): Promise<readonly DueDelivery[]> {
    const rows = await database.write(() => all(statements.takeDue, { tenant, now, limit, until }));
    return [...rows]
      .sort((one, other) => one.number - other.number)
      .map(({ number, trigger, attempts, attributes, data }) => ({
        delivery: number,
        tenant,
        trigger,
        event: toEvent(attributes, data),
        attempts,
      }));
  }

  return {
    ...(shared === undefined ? {} : { lease }),
    ...createDeadLetters({ database, statements }),
    async publish(publication): Promise<PublishOutcome> {
      const { event, dataText } = publication;
      const text = toEventText(event, pack, dataText);
      const answer = await database.write(
        () => accept(publication, text),
        JSON.stringify(['event', tenantOf(event), event.id]),
      );
      if ('numbers' in answer) {
        keptEvents?.keep(event, text.length);
        if (answer.spare.length > 0) spare = answer.spare;
        return { outcome: 'accepted', deliveries: answer.numbers };
      }
      return { outcome: answer.known.some((known) => isSame(known, text)) ? 'duplicate' : 'conflict' };
    },
    async unknown(tenant, ids) {
      return database.read(function* () {
        const unknown: string[] = [];
        for (const id of ids) {
          if ((yield* first(statements.isKnown, { tenant, id })) === undefined) unknown.push(id);
        }
        return unknown;
      });
    },
    async tenantsDue(now) {
      const rows = await database.read(() => all(statements.tenantsDue, { now }));
      return rows.map(({ tenant }) => tenant as string);
    },
    async due(tenant, now, limit, except, leaseUntil) {
      if (shared !== undefined && leaseUntil !== undefined) {
        const taken = await take(tenant, now, limit, leaseUntil);
        return taken.filter(({ delivery }) => !except.has(delivery));
      }
      return database.read(() => due(tenant, now, limit, except));
    },
    async nextDue(now) {
      const row = await database.read(() => first(statements.nextDue, { now }));
      return row?.at ?? undefined;
    },
    async settle(settlements) {
      await database.write(() => settle(settlements));
    },
    async bury(event, reason, now, trigger = NO_TRIGGER) {
      const text = toEventText(event, pack);
      await database.write(() => bury(event, text, { reason, trigger, now }));
    },
    async prune(before, signal) {
      let total = 0;
      while (!signal?.aborted) {
        const pruned = await database.write(() => run(statements.prune, { before, limit: PRUNED_AT_ONCE }));
        total += pruned;
        if (pruned < PRUNED_AT_ONCE) break;
      }
      return total;
    },
    async depth() {
      const row = await database.read(() => first(statements.depth, {}));
      return { due: row?.due ?? 0, dead: row?.dead ?? 0 };
    },
  };
}

function delivered(event: Event) {
  return { tenant: tenantOf(event), id: event.id, source: event.source };
}

/**
 * Whether the same happening is told. `time` and the other attributes may differ between two tellings of it; a source may
 * too, where a repository was renamed in between. Data is compared as text first: a sender repeats its own bytes.
 */
function isSame(known: EventText, offered: EventText): boolean {
  if (known.type !== offered.type) return false;
  if (known.data === null || offered.data === null) return known.data === offered.data;
  const [data, other] = [unpackData(known.data), unpackData(offered.data)];
  return data === other || isDeepStrictEqual(JSON.parse(data), JSON.parse(other));
}
