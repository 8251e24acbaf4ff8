import type { Broker } from '../broker/broker.ts';
import type { Config } from '../config.ts';
import type { Clock } from '../observe/clock.ts';
import type { Health } from '../observe/health.ts';
import type { Logger } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import { createDoor } from '../source/bearer.ts';
import { createEventsEndpoint } from '../source/events-endpoint.ts';
import type { Outbox } from '../store/store.ts';
import { createEventGuard } from './event-guard.ts';
import { type Listener, listen } from './listener.ts';
import { createApp, createHealthRoutes, createMetricsRoutes } from './operator-routes.ts';

export interface InternalDependencies {
  readonly broker: Broker;
  readonly outbox: Outbox;
  readonly health: Health;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly clock: Clock;
  /** The installation that may act on a repository. */
  readonly findTenant: (owner: string, repo: string) => Promise<string | undefined>;
}

/**
 * Opens the internal port: events, metrics and health, for those who may have them.
 * @throws FairleadError `config.invalid` when the port cannot be taken
 */
export function serveInternally(dependencies: InternalDependencies, config: Config): Promise<Listener> {
  const { broker, outbox, health, metrics, log, clock, findTenant } = dependencies;
  const guard = createEventGuard({ clock, log }, config);
  const { internalHost: host, internalPort: port, internalToken: token } = config.http;

  async function refresh(): Promise<void> {
    const { due, dead } = await outbox.depth();
    metrics.set('deliveries_due', {}, due);
    metrics.set('dead_letters', {}, dead);
  }

  return listen(
    createApp([
      createHealthRoutes({ health, saysWhy: true }),
      createMetricsRoutes({ metrics, refresh, guard: createDoor(token, guard) }),
      createEventsEndpoint({ broker, outbox, findTenant, log, clock, token, guard }),
    ]),
    { host, port },
  );
}
