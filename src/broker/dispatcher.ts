/**
 * Hands due deliveries to their subscribers: turns among tenants, places per trigger, one try with its timeout, and the
 * settlement of what came of it. Between `start` and `drain`; what is not settled then stays due in the store.
 */
import type { Event } from '../events/event.ts';
import { FairleadError } from '../events/fairlead-error.ts';
import { type Clock, elapsed } from '../observe/clock.ts';
import type { Logger } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { DueDelivery, Outbox, Settlement } from '../store/store.ts';
import { createBacklog, type Held } from './backlog.ts';
import type { Subscriber } from './broker.ts';
import { type DeliveryPlan, nextStep } from './delivery.ts';
import { createFairQueue, type FairQueue } from './fair-queue.ts';
import { withoutHops } from './hops.ts';
import { createSettler } from './settler.ts';

export interface Subscription {
  readonly name: string;
  readonly plan: DeliveryPlan;
  readonly concurrency: number;
  readonly subscriber: Subscriber;
}

/** Places at which a crash test ends the process: the subscriber is done, its reply is out, nothing is settled yet. */
export type CrashPoint = (name: 'delivery.handled' | 'delivery.replied') => void | Promise<void>;

export interface DispatcherDependencies {
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Between 0 and 1; spreads retries. */
  readonly random: () => number;
  readonly crashPoint: CrashPoint | undefined;
}

export interface Dispatcher {
  /** Until when deliveries that are about to be offered have to be kept from other processes. */
  leaseUntil(): number | undefined;
  /** Takes up deliveries that were just committed, in memory where there is room. */
  offer(deliveries: readonly DueDelivery[], weight: number): void;
  /** Looks for deliveries that another process has made due. */
  wake(): void;
  start(): Promise<void>;
  drain(deadlineMs: number): Promise<void>;
}

/** The share of a trigger's places that one tenant may take, so that one whose deliveries hang leaves some to the others. */
const TENANT_SHARE = 0.75;
const DRAINED = Symbol('drained');

interface Lane extends Subscription {
  readonly queue: FairQueue<Held>;
  readonly active: Map<string, number>;
  readonly mostOfTenant: number;
  busy: number;
}

export function createDispatcher(
  dependencies: DispatcherDependencies,
  subscriptions: ReadonlyMap<string, Subscription>,
  publishReply: (reply: Event, to: Event) => Promise<void>,
): Dispatcher {
  const { outbox, clock, log, metrics, random, crashPoint } = dependencies;
  const lanes = new Map<string, Lane>();
  const underWay = new Map<AbortController, Promise<void>>();
  const backlog = createBacklog({ outbox, clock, log }, enqueue);
  const settler = createSettler({ outbox, clock, log }, onSettled);
  let phase: 'new' | 'running' | 'draining' = 'new';

  function enqueue(delivery: Held): void {
    const lane = lanes.get(delivery.trigger);
    if (lane === undefined) {
      backlog.started(delivery);
      const reason = `No subscriber is declared under the name "${delivery.trigger}" any more.`;
      settle(delivery, { delivery: delivery.delivery, outcome: 'dead', at: clock.now(), reason });
      return;
    }
    lane.queue.add(delivery.tenant, delivery);
    fill(lane);
  }

  function fill(lane: Lane): void {
    const mayGo = (tenant: string) => (lane.active.get(tenant) ?? 0) < lane.mostOfTenant;
    while (phase === 'running' && !settler.isFailing && lane.busy < lane.concurrency) {
      const delivery = lane.queue.take(mayGo);
      if (delivery === undefined) return;
      occupy(lane, delivery.tenant, 1);
      backlog.started(delivery);
      begin(lane, delivery);
    }
  }

  function occupy(lane: Lane, tenant: string, change: 1 | -1): void {
    const count = (lane.active.get(tenant) ?? 0) + change;
    if (count === 0) lane.active.delete(tenant);
    else lane.active.set(tenant, count);
    lane.busy += change;
  }

  function begin(lane: Lane, delivery: Held): void {
    const controller = new AbortController();
    const done = attempt(lane, delivery, controller).then((settlement) => {
      underWay.delete(controller);
      occupy(lane, delivery.tenant, -1);
      if (settlement !== undefined) settle(delivery, settlement);
      fill(lane);
    });
    underWay.set(controller, done);
  }

  /** One try. Undefined when it was given up for the end of the process, and counts for nothing. */
  async function attempt(lane: Lane, delivery: Held, controller: AbortController): Promise<Settlement | undefined> {
    const { delivery: number, event, attempts } = delivery;
    const { signal } = controller;
    const begun = clock.now();
    const cancelTimeout = clock.after(lane.plan.timeoutMs, () => controller.abort(timeout(lane)));
    try {
      const handled = lane.subscriber(withoutHops(event), { attempt: attempts + 1, signal });
      const reply = await Promise.race([handled, aborted(signal)]);
      await crashPoint?.('delivery.handled');
      if (reply !== undefined) {
        await publishReply(reply, event);
        await crashPoint?.('delivery.replied');
      }
      return { delivery: number, outcome: 'done' };
    } catch (thrown) {
      // A subscriber that heeds its signal rejects in its own words; what aborted it is the cause.
      const error = signal.aborted ? signal.reason : thrown;
      if (error === DRAINED) return undefined;
      const { waitMs, ...step } = {
        waitMs: 0,
        ...nextStep(lane.plan, { error, attempt: attempts + 1, random: random() }),
      };
      return { delivery: number, at: clock.now() + waitMs, ...step };
    } finally {
      cancelTimeout();
      metrics.time('delivery_seconds', { trigger: lane.name }, (clock.now() - begun) / 1000);
    }
  }

  function settle(delivery: Held, settlement: Settlement): void {
    const { outcome } = settlement;
    metrics.count('deliveries_total', { trigger: delivery.trigger, outcome });
    if (outcome !== 'done') {
      const { trigger, tenant, event, attempts } = delivery;
      const fields = {
        trigger,
        tenant,
        event: event.id,
        type: event.type,
        attempt: attempts + 1,
        reason: settlement.reason,
      };
      if (outcome === 'dead')
        log.error({ ...fields, delivery: settlement.delivery }, 'delivery given up: a dead letter');
      else log.warn({ ...fields, at: new Date(settlement.at).toISOString() }, 'delivery failed; it is tried again');
    }
    // Its time is the settlement's to say from here on.
    backlog.leases.drop(delivery.delivery);
    settler.add(settlement);
  }

  function onSettled(settlements: readonly Settlement[]): void {
    for (const settlement of settlements) {
      backlog.release(settlement.delivery);
      if (settlement.outcome === 'retry') backlog.wakeAt(settlement.at);
    }
    for (const lane of lanes.values()) fill(lane);
  }

  return {
    leaseUntil: () => (phase === 'running' ? backlog.leases.until() : undefined),
    wake() {
      if (phase === 'running') backlog.wakeAt(clock.now());
    },
    offer(deliveries, weight) {
      if (phase === 'draining') void backlog.leases.giveUp(deliveries.map(({ delivery }) => delivery));
      if (phase !== 'running') return;
      for (const delivery of deliveries) backlog.hold({ ...delivery, weight });
    },
    async start() {
      for (const subscription of subscriptions.values()) {
        lanes.set(subscription.name, {
          ...subscription,
          queue: createFairQueue(),
          active: new Map(),
          mostOfTenant: Math.max(1, Math.floor(subscription.concurrency * TENANT_SHARE)),
          busy: 0,
        });
      }
      phase = 'running';
      await backlog.scan();
    },
    async drain(deadlineMs) {
      phase = 'draining';
      backlog.stop();
      if (deadlineMs > 0) await Promise.race([allOf(underWay), elapsed(clock, deadlineMs)]);
      for (const controller of underWay.keys()) controller.abort(DRAINED);
      await allOf(underWay);
      await settler.flush();
      await backlog.leases.stop();
    },
  };
}

function timeout({ name, plan }: Subscription): FairleadError {
  return new FairleadError('delivery.failed', `The subscriber "${name}" took longer than ${plan.timeoutMs} ms.`);
}

/** Rejects with the signal's reason; a subscriber need not listen to it for us to stop waiting. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
}

async function allOf(underWay: ReadonlyMap<unknown, Promise<void>>): Promise<void> {
  await Promise.all(underWay.values());
}
