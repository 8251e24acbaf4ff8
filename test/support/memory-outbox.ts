/**
 * The outbox as plain maps, with its failures at the test's command: for tests of what is built upon it. What it promises
 * is the contract suite of the store; `commits` counts how many settlements shared one.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { type Event, tenantOf } from '../../src/events/event.ts';
import { FairleadError } from '../../src/events/fairlead-error.ts';
import type { DeadLetter, DueDelivery, Outbox, Settlement } from '../../src/store/store.ts';

interface Row {
  readonly delivery: number;
  readonly tenant: string;
  readonly trigger: string;
  readonly event: Event;
  attempts: number;
  state: { readonly kind: 'due'; readonly at: number } | { readonly kind: 'done' } | Dead;
}

interface Dead {
  readonly kind: 'dead';
  readonly at: number;
  readonly reason: string;
  readonly status: number | undefined;
}

export interface MemoryOutbox extends Outbox {
  /** While true, every method rejects with `store.unavailable`. */
  isDown: boolean;
  /** Reads of due deliveries so far. */
  readonly pages: number;
  /** The settlements of each commit so far. */
  readonly commits: readonly (readonly Settlement[])[];
  /** Deliveries neither done nor dead. */
  readonly unsettled: readonly DueDelivery[];
  /** Puts deliveries in as an earlier process would have left them. */
  seed(event: Event, triggers: readonly string[], at: number): void;
}

export function createMemoryOutbox(): MemoryOutbox {
  const rows: Row[] = [];
  const open = new Set<Row>();
  const known = new Map<string, string>();
  const commits: (readonly Settlement[])[] = [];
  let isDown = false;
  let pages = 0;

  async function io(): Promise<void> {
    await turn();
    if (isDown) throw new FairleadError('store.unavailable', 'The store is down.');
  }

  function add(event: Event, trigger: string, at: number): Row {
    const state = { kind: 'due', at } as const;
    const row: Row = { delivery: rows.length + 1, tenant: tenantOf(event), trigger, event, attempts: 0, state };
    rows.push(row);
    open.add(row);
    return row;
  }

  function settleOne(settlement: Settlement): void {
    const row = rows[settlement.delivery - 1]!;
    if (row.state.kind !== 'due') throw new Error(`Delivery ${row.delivery} is settled twice.`);
    if (settlement.outcome === 'retry') {
      row.attempts += 1;
      row.state = { kind: 'due', at: settlement.at };
      return;
    }
    open.delete(row);
    if (settlement.outcome === 'done') row.state = { kind: 'done' };
    else {
      const { at, reason, status } = settlement;
      row.attempts += 1;
      row.state = { kind: 'dead', at, reason, status };
    }
  }

  function toDeadLetter(row: Row): DeadLetter | undefined {
    if (row.state.kind !== 'dead') return undefined;
    const { delivery, tenant, trigger, event, attempts } = row;
    const { at, reason, status } = row.state;
    return { delivery, tenant, trigger, event, attempts, at, reason, status };
  }

  const dueAt = (row: Row) => (row.state.kind === 'due' ? row.state.at : Number.POSITIVE_INFINITY);

  return {
    get isDown() {
      return isDown;
    },
    set isDown(value) {
      isDown = value;
    },
    get pages() {
      return pages;
    },
    get unsettled() {
      return [...open];
    },
    commits,
    seed(event, triggers, at) {
      known.set(`${tenantOf(event)} ${event.id}`, JSON.stringify(event));
      for (const trigger of triggers) add(event, trigger, at);
    },
    async publish({ event, triggers, now }) {
      await io();
      const key = `${tenantOf(event)} ${event.id}`;
      const content = JSON.stringify(event);
      const before = known.get(key);
      if (before !== undefined) return { outcome: before === content ? 'duplicate' : 'conflict' };
      known.set(key, content);
      return { outcome: 'accepted', deliveries: triggers.map((trigger) => add(event, trigger, now).delivery) };
    },
    async unknown(tenant, ids) {
      await io();
      return ids.filter((id) => !known.has(`${tenant} ${id}`));
    },
    async tenantsDue(now) {
      await io();
      return [...new Set([...open].filter((row) => dueAt(row) <= now).map(({ tenant }) => tenant))];
    },
    async due(tenant, now, limit, except) {
      pages += 1;
      const page: DueDelivery[] = [];
      for (const row of open) {
        if (page.length === limit) break;
        if (row.tenant === tenant && dueAt(row) <= now && !except.has(row.delivery)) page.push({ ...row });
      }
      // Answered late on purpose: what was settled meanwhile is still in the page.
      await io();
      return page;
    },
    async nextDue(now) {
      await io();
      const times = [...open].map(dueAt).filter((at) => at > now);
      return times.length === 0 ? undefined : Math.min(...times);
    },
    async settle(settlements) {
      await io();
      for (const settlement of settlements) settleOne(settlement);
      commits.push(settlements);
    },
    async deadLetters({ tenant, limit }) {
      await io();
      const letters = rows.map(toDeadLetter).filter((letter) => letter !== undefined);
      return letters.filter((letter) => tenant === undefined || letter.tenant === tenant).slice(0, limit);
    },
    async deadLetter(delivery) {
      await io();
      const row = rows[delivery - 1];
      return row && toDeadLetter(row);
    },
    async redeliver(delivery, now) {
      await io();
      const row = rows[delivery - 1];
      if (row?.state.kind !== 'dead') return false;
      row.state = { kind: 'due', at: now };
      row.attempts = 0;
      open.add(row);
      return true;
    },
    async bury(event, reason, now, trigger = '') {
      await io();
      const row = add(event, trigger, now);
      settleOne({ delivery: row.delivery, outcome: 'dead', at: now, reason });
    },
    async prune() {
      await io();
      return 0;
    },
    async depth() {
      await io();
      return { due: open.size, dead: rows.filter(({ state }) => state.kind === 'dead').length };
    },
  };
}
