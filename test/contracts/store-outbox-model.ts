/**
 * Random histories of the outbox, each step done by the store and by a model that keeps everything in an array. Whatever
 * the store answers, the model must have answered too.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { eventOf, type OpenStore, type StoreUnderTest, withStore } from './store-under-test.ts';

const HISTORIES = 40;

const tenant = fc.constantFrom('7', '8');

type OutboxStep =
  | { readonly do: 'publish'; readonly tenant: string; readonly id: number; readonly content: number }
  | { readonly do: 'done' | 'dead' | 'redeliver' | 'retry'; readonly which: number; readonly after: number }
  | { readonly do: 'pass'; readonly ms: number };

const outboxStep: fc.Arbitrary<OutboxStep> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('publish' as const), tenant, id: fc.nat(5), content: fc.nat(1) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('done' as const, 'dead' as const, 'redeliver' as const, 'retry' as const),
      which: fc.nat(9),
      after: fc.nat(30),
    }),
  },
  fc.record({ do: fc.constant('pass' as const), ms: fc.nat(20) }),
);

interface ModelDelivery {
  readonly number: number;
  readonly tenant: string;
  state: 'due' | 'dead' | 'done';
  at: number;
  attempts: number;
}

async function playOutbox({ outbox }: StoreUnderTest, steps: readonly OutboxStep[]): Promise<void> {
  const known = new Map<string, number>();
  const deliveries: ModelDelivery[] = [];
  let now = 1000;

  async function publish(step: Extract<OutboxStep, { do: 'publish' }>): Promise<void> {
    const event = eventOf(`e${step.id}`, { tenant: step.tenant, data: step.content });
    const answer = await outbox.publish({ event, triggers: ['t'], now });
    const key = `${step.tenant} ${step.id}`;
    const before = known.get(key);
    if (before !== undefined) {
      expect(answer.outcome).toBe(before === step.content ? 'duplicate' : 'conflict');
      return;
    }
    if (answer.outcome !== 'accepted') throw new Error(`A new event is ${answer.outcome}.`);
    known.set(key, step.content);
    deliveries.push({
      number: answer.deliveries[0] as number,
      tenant: step.tenant,
      state: 'due',
      at: now,
      attempts: 0,
    });
  }

  async function settle(step: Exclude<OutboxStep, { do: 'publish' | 'pass' }>): Promise<void> {
    const delivery = deliveries[step.which % Math.max(1, deliveries.length)];
    if (delivery === undefined) return;
    const { number } = delivery;
    if (step.do === 'redeliver') {
      expect(await outbox.redeliver(number, now)).toBe(delivery.state === 'dead');
      if (delivery.state === 'dead') Object.assign(delivery, { state: 'due', at: now, attempts: 0 });
    } else if (delivery.state === 'due') {
      const at = step.do === 'retry' ? now + step.after : now;
      await outbox.settle([{ delivery: number, outcome: step.do, at, reason: 'no' }]);
      if (step.do === 'retry') Object.assign(delivery, { at, attempts: delivery.attempts + 1 });
      else delivery.state = step.do;
    }
  }

  for (const step of steps) {
    if (step.do === 'pass') now += step.ms;
    else if (step.do === 'publish') await publish(step);
    else await settle(step);
    const due = deliveries.filter(({ state }) => state === 'due').sort((a, b) => a.at - b.at || a.number - b.number);
    const dueNow = due.filter(({ at }) => at <= now);
    for (const of of ['7', '8']) {
      const answered = await outbox.due(of, now, 100, new Set());
      expect(answered.map((row) => [row.delivery, row.attempts])).toEqual(
        dueNow.filter((row) => row.tenant === of).map((row) => [row.number, row.attempts]),
      );
    }
    expect([...(await outbox.tenantsDue(now))].sort()).toEqual([...new Set(dueNow.map((row) => row.tenant))].sort());
    expect(await outbox.nextDue(now)).toBe(due.find(({ at }) => at > now)?.at);
    expect(await outbox.depth()).toEqual({
      due: due.length,
      dead: deliveries.filter(({ state }) => state === 'dead').length,
    });
  }
}

export function describeOutboxModel(open: OpenStore): void {
  test('any history of publishing, settling and time gives what a plain list of deliveries gives', async () => {
    const histories = fc.asyncProperty(fc.array(outboxStep, { maxLength: 40 }), (steps) =>
      withStore(open, (store) => playOutbox(store, steps)),
    );
    await fc.assert(histories, { numRuns: HISTORIES });
  });
}
