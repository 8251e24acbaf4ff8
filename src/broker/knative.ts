/**
 * The broker of a cluster, as one service sees it: what it publishes goes to `K_SINK`, and what Triggers deliver comes in
 * by `POST /<name of the trigger>`. Filters, retries and dead letters are the cluster's, as generated from the same data
 * (`operator/desired.ts`); an event that the trigger's own filters would not have let pass is answered and left alone, so
 * that a Trigger edited by hand makes nothing happen that was not declared.
 *
 * Unlike the embedded broker it does not know an event again: the receipt is always `accepted`, and whoever must not act
 * twice has to see to it, as every subscriber of ours does.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { FairleadError } from '../events/fairlead-error.ts';
import type { Clock } from '../observe/clock.ts';
import type { Logger } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { BodyBudget } from './body-budget.ts';
import type { Broker, Subscriber, Trigger } from './broker.ts';
import { createEventReceiver, type EventReceiver } from './event-receiver.ts';
import type { EventGuard } from './oidc/guard.ts';
import type { Sink } from './sink.ts';
import { compileFilters } from './trigger.ts';

export interface KnativeBroker extends Broker {
  /** Takes the request when its path is a trigger's and answers it; false leaves it untouched. */
  receive(req: IncomingMessage, res: ServerResponse): boolean;
  /** Takes nothing more and waits for what is under way; publishing stays possible. */
  drain(deadlineMs: number): Promise<void>;
}

export interface KnativeBrokerDependencies {
  readonly sink: Sink;
  /** Who may deliver; without one, whoever reaches the port. */
  readonly guard?: EventGuard | undefined;
  /** What the bodies of all deliveries have room in. */
  readonly bodies: BodyBudget;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
}

export function createKnativeBroker(dependencies: KnativeBrokerDependencies): KnativeBroker {
  const { sink, guard, bodies, clock, log, metrics } = dependencies;
  const receivers = new Map<string, EventReceiver>();

  function filtered({ name, filters }: Trigger, subscriber: Subscriber): Subscriber {
    const isWanted = compileFilters(filters, `trigger "${name}".filters`);
    return async (event, delivery) => {
      if (isWanted(event)) return subscriber(event, delivery);
      log.warn(
        { trigger: name, event: event.id, type: event.type },
        'an event that the trigger does not want; ignored',
      );
      return undefined;
    };
  }

  async function publish(event: Parameters<Broker['publish']>[0]): Promise<'accepted'> {
    let outcome = 'failed';
    try {
      await sink(event);
      outcome = 'accepted';
      return outcome as 'accepted';
    } finally {
      metrics.count('events_total', { type: event.type, outcome });
    }
  }

  return {
    publish,
    subscribe(trigger, subscriber) {
      const { name, concurrency } = trigger;
      if (receivers.has(name)) throw new FairleadError('config.invalid', `trigger "${name}" is declared twice.`);
      const receiver = createEventReceiver(
        { clock, log: log.child({ trigger: name }) },
        {
          subscriber: filtered(trigger, subscriber),
          publish,
          bodies,
          ...(concurrency === undefined ? {} : { concurrency }),
          ...(guard === undefined ? {} : { guard }),
        },
      );
      receivers.set(name, receiver);
    },
    receive(req, res) {
      const trigger = (req.url ?? '').split('?', 1)[0]?.slice(1) ?? '';
      const receiver = receivers.get(trigger);
      if (receiver === undefined) return false;
      const begun = clock.now();
      void receiver.receive(req, res).then((status) => {
        metrics.time('delivery_seconds', { trigger }, (clock.now() - begun) / 1000);
        metrics.count('deliveries_total', { trigger, outcome: outcomeOf(status) });
      });
      return true;
    },
    async drain(deadlineMs) {
      await Promise.all([...receivers.values()].map((receiver) => receiver.drain(deadlineMs)));
    },
  };
}

function outcomeOf(status: number | undefined): 'done' | 'retry' | 'dead' {
  if (status === undefined || status >= 500 || status === 429 || status === 408) return 'retry';
  return status < 300 ? 'done' : 'dead';
}
