import type { RequestListener } from 'node:http';
import { createGitHub } from '../../github/github.ts';
import { createHookDeliveries } from '../../source/hook-deliveries.ts';
import { createIntake } from '../../source/intake.ts';
import { createRecovery } from '../../source/recovery.ts';
import { learnBotLogin } from '../bot-identity.ts';
import { createEventGuard, createRememberingBroker, createServiceBroker } from './publisher.ts';
import type { CreateRole } from './role.ts';

/**
 * GitHub's webhooks in, events out. A webhook is answered 2xx once the broker has the event; what came before is known by
 * the inbox, and what never came is asked for again. Takes events of other sources at `/events` where that door is guarded.
 */
export const createSourceRole: CreateRole = (dependencies, config) => {
  const { store, clock, log, metrics } = dependencies;
  const { outbox, notes, budget } = store;
  const { github: app, http, eventConvention: convention } = config;
  const broker = createRememberingBroker({ broker: createServiceBroker(dependencies, config), outbox, now: clock.now });
  const publisher = { ...broker, subscribe: () => {} };
  const { appId, privateKey, apiUrl: baseUrl } = app;
  const github = createGitHub({ appId, privateKey, baseUrl, budget, clock, log, metrics });
  const intake = createIntake({
    broker: publisher,
    secrets: app.webhookSecrets,
    log,
    metrics,
    clock,
    convention,
    path: http.webhookPath,
  });
  const guard = createEventGuard({ clock, log }, config);
  const isOpen = http.internalToken !== undefined || guard !== undefined || config.acceptEvents;
  let events: Promise<RequestListener> | undefined;
  const recovery = createRecovery({
    hookDeliveries: createHookDeliveries({ app: github.app }),
    outbox,
    notes,
    clock,
    log,
    metrics,
  });
  const stopping = new AbortController();
  let learning: Promise<unknown> = Promise.resolve();

  /** With Express, which a webhook does not wait for. */
  async function loadEvents(): Promise<RequestListener> {
    const { createEventsEndpoint } = await import('../../source/events-endpoint.ts');
    const { createApp } = await import('../operator-routes.ts');
    const { findInstallation: findTenant } = github;
    const token = http.internalToken;
    return createApp([createEventsEndpoint({ broker: publisher, outbox, findTenant, log, clock, token, guard })]);
  }

  return {
    handle(req, res) {
      if (intake(req, res)) return true;
      if (!isOpen || req.url?.split('?', 1)[0] !== '/events') return false;
      events ??= loadEvents();
      void events.then((serve) => serve(req, res));
      return true;
    },
    begin() {
      const ask = github.botLogin;
      // The runner, which has no credentials to ask with, waits for the answer in the store.
      learning = learnBotLogin({ configured: app.botLogin, ask, notes, clock, log }, stopping.signal);
      recovery.start();
    },
    async drain() {
      stopping.abort();
      await Promise.all([learning, recovery.stop()]);
    },
  };
};
