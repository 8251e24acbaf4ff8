/**
 * The broker of one process: events rest in the store's outbox, and a dispatcher hands them to subscribers of the same
 * process. It promises them what Knative's Broker and Triggers promise:
 *
 * - `publish` resolves once the event and one delivery per matching trigger are committed together.
 * - At least once: a delivery is settled after its subscriber resolved and its reply is published; whatever was not
 *   settled when the process ended is delivered again by the next one. No order is promised.
 * - Failures are tried again and end in the dead letters (`delivery.ts`); a reply goes round at most 255 times (`hops.ts`).
 * - Tenants take turns (`fair-queue.ts`), and one tenant never holds all of a trigger's places, so that neither a long
 *   backlog nor slow deliveries of one keep another waiting.
 * - A store that fails makes `publish` reject; the dispatcher waits and goes on when the store does.
 */
import { type Event, TENANT_ATTRIBUTE, tenantOf } from '../events/event.ts';
import { FairleadError } from '../events/fairlead-error.ts';
import type { Clock } from '../observe/clock.ts';
import type { Logger } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import { NO_TRIGGER, type Outbox, type PublishOutcome } from '../store/store.ts';
import type { Broker, PublishOptions, Receipt, Subscriber, Trigger } from './broker.ts';
import { DEFAULT_POLICY, toDeliveryPlan } from './delivery.ts';
import { type CrashPoint, createDispatcher, type Subscription } from './dispatcher.ts';
import { admitted, withHopsAfter, withoutHops } from './hops.ts';
import { createFilterIndex, type FilterIndex } from './trigger.ts';

export interface EmbeddedBroker extends Broker {
  /** Takes up what is due. Subscribing is over. */
  start(): Promise<void>;
  /**
   * Begins nothing more, waits for what is under way, and aborts what is not done after `deadlineMs`; that stays due.
   * Publishing stays possible.
   */
  drain(deadlineMs: number): Promise<void>;
  /** Who takes up the events of dead letters that no trigger was found for, once a person wants them delivered again. */
  adopt(subscriber: Subscriber): void;
  /** Another process over the same store may have made deliveries due. */
  wake(): void;
}

export interface EmbeddedBrokerDependencies {
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Between 0 and 1; spreads retries. */
  readonly random?: () => number;
  readonly crashPoint?: CrashPoint;
}

const DEFAULT_CONCURRENCY = 64;
const NAME = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/;

export function createEmbeddedBroker(dependencies: EmbeddedBrokerDependencies): EmbeddedBroker {
  const { outbox, clock, log, metrics, random = Math.random, crashPoint } = dependencies;
  const triggers: Trigger[] = [];
  const subscriptions = new Map<string, Subscription>();
  const dispatcher = createDispatcher({ outbox, clock, log, metrics, random, crashPoint }, subscriptions, publishReply);
  let index: FilterIndex<string> = createFilterIndex<string>([]);
  let isStarted = false;

  async function commit(event: Event, dataText: string | Buffer | undefined): Promise<Receipt> {
    const tenant = tenantOf(event);
    const names = index.matching(withoutHops(event));
    const now = clock.now();
    const leaseUntil = dispatcher.leaseUntil();
    const publication = {
      event,
      triggers: names,
      now,
      ...(dataText === undefined ? {} : { dataText }),
      ...(leaseUntil === undefined ? {} : { leaseUntil }),
    };
    const result = await count(event.type, outbox.publish(publication));
    if (result.outcome === 'conflict') {
      throw new FairleadError(
        'event.conflict',
        `An event with the id ${event.id} was accepted before with other content (source ${event.source}, tenant ${tenant}).`,
      );
    }
    if (result.outcome === 'accepted') {
      const deliveries = names.map((trigger, nth) => ({
        delivery: result.deliveries[nth] as number,
        tenant,
        trigger,
        event,
        attempts: 0,
      }));
      dispatcher.offer(deliveries, dataText?.length ?? 0);
    }
    return result.outcome;
  }

  async function count(type: string, publishing: Promise<PublishOutcome>): Promise<PublishOutcome> {
    let outcome: PublishOutcome['outcome'] | 'failed' = 'failed';
    try {
      const result = await publishing;
      outcome = result.outcome;
      return result;
    } finally {
      metrics.count('events_total', { type, outcome });
    }
  }

  /** A reply belongs to the tenant of the event it answers, unless it says otherwise. */
  async function publishReply(reply: Event, to: Event): Promise<void> {
    const owned = reply.tenant === undefined ? { ...reply, [TENANT_ATTRIBUTE]: tenantOf(to) } : reply;
    await commit(withHopsAfter(to, owned), undefined);
  }

  return {
    async publish(event: Event, options: PublishOptions = {}) {
      return commit(admitted(event), options.dataText);
    },
    subscribe(trigger, subscriber) {
      const { name, delivery = DEFAULT_POLICY, concurrency = DEFAULT_CONCURRENCY } = trigger;
      const where = `trigger "${name}"`;
      if (isStarted) throw invalid(where, 'is declared after the broker has started');
      if (!NAME.test(name)) throw invalid(where, 'must be named in lower-case letters, digits and hyphens');
      if (subscriptions.has(name)) throw invalid(where, 'is declared twice');
      if (!Number.isSafeInteger(concurrency) || concurrency < 1)
        throw invalid(where, 'must have a concurrency of 1 or more');
      const plan = toDeliveryPlan(delivery, `${where}.delivery`);
      triggers.push(trigger);
      index = createFilterIndex(
        triggers.map(({ name: entry, filters }) => ({ entry, filters, where: `trigger "${entry}".filters` })),
      );
      subscriptions.set(name, { name, plan, concurrency, subscriber });
    },
    adopt(subscriber) {
      const plan = toDeliveryPlan(DEFAULT_POLICY, 'adoption');
      subscriptions.set(NO_TRIGGER, { name: NO_TRIGGER, plan, concurrency: DEFAULT_CONCURRENCY, subscriber });
    },
    async start() {
      isStarted = true;
      await dispatcher.start();
    },
    drain: dispatcher.drain,
    wake: dispatcher.wake,
  };
}

function invalid(where: string, problem: string): FairleadError {
  return new FairleadError('config.invalid', `${where} ${problem}.`);
}
