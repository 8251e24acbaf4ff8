import type { Broker } from '../../broker/broker.ts';
import { createKnativeBroker, type KnativeBroker } from '../../broker/knative.ts';
import { createSink } from '../../broker/sink.ts';
import type { ServiceConfig } from '../../config.ts';
import { tenantOf } from '../../events/event.ts';
import { FairleadError } from '../../events/fairlead-error.ts';
import type { Outbox } from '../../store/store.ts';
import { createEventGuard } from '../event-guard.ts';
import type { RoleDependencies } from './role.ts';

/** The broker of a service: publishes to the configured sink, where there is one. */
export function createServiceBroker(dependencies: RoleDependencies, config: ServiceConfig): KnativeBroker {
  const { bodies, clock, log, metrics } = dependencies;

  const sink =
    config.sink === ''
      ? async () => {
          throw new FairleadError('config.invalid', 'K_SINK is not set, and there is an event to publish.');
        }
      : createSink(
          { clock },
          { url: new URL(config.sink), overrides: config.overrides, tokenFile: config.sinkTokenFile },
        );
  return createKnativeBroker({ sink, guard: createEventGuard({ clock, log }, config), bodies, clock, log, metrics });
}

/**
 * A broker that knows what was published through it before, in this process or another: the source's inbox. An event is
 * sent first and noted then, so that what is noted has been taken; killed in between, it is sent twice, and the runner
 * knows it by its key.
 */
export function createRememberingBroker({
  broker,
  outbox,
  now,
}: {
  readonly broker: Pick<Broker, 'publish'>;
  readonly outbox: Outbox;
  readonly now: () => number;
}): Pick<Broker, 'publish'> {
  return {
    async publish(event, options = {}) {
      const unknown = await outbox.unknown(tenantOf(event), [event.id]);
      if (unknown.length > 0) await broker.publish(event, options);
      const { outcome } = await outbox.publish({ event, triggers: [], now: now(), ...options });
      if (outcome !== 'conflict') return outcome;
      const text = `An event with the id ${event.id} was accepted before with other content (source ${event.source}).`;
      throw new FairleadError('event.conflict', text);
    },
  };
}
