import type { RequestListener } from 'node:http';
import { createRedelivery, type Redelivery } from '../../broker/redelivery.ts';
import type { Event } from '../../events/event.ts';
import type { GitHub } from '../../github/github.ts';
import { createIntake } from '../../source/intake.ts';
import type { Recovery } from '../../source/recovery.ts';
import type { FindTenant } from '../../source/tenant-for.ts';
import { NO_TRIGGER } from '../../store/store.ts';
import { learnBotLogin } from '../bot-identity.ts';
import { createEventGuard } from '../event-guard.ts';
import { createRememberingBroker, createServiceBroker } from './publisher.ts';
import type { CreateRole, PrepareRole } from './role.ts';

/**
 * GitHub's webhooks in, events out. A webhook is answered 2xx once the broker has the event; what came before is known by
 * the inbox, and what never came is asked for again. Takes events of other sources at `/events` where that door is guarded.
 */
const createSourceRole: CreateRole = (dependencies, config) => {
  const { store, clock, log, metrics, bodies: bodyBudget } = dependencies;
  const { outbox, notes, budget } = store;
  const { github: app, http, eventConvention: convention } = config;
  const service = createServiceBroker(dependencies, config);
  const broker = createRememberingBroker({ broker: service, outbox, now: clock.now });
  const publisher = { ...broker, subscribe: () => {} };
  const findTenant: FindTenant = async (owner, repo) => (await connect()).findInstallation(owner, repo);
  const intake = createIntake({
    broker: publisher,
    outbox,
    findTenant,
    secrets: app.webhookSecrets,
    log,
    metrics,
    clock,
    convention,
    path: http.webhookPath,
    bodyBudget,
  });
  const guard = createEventGuard({ clock, log }, config);
  const isOpen = http.internalToken !== undefined || guard !== undefined || config.acceptEvents;
  let events: Promise<RequestListener> | undefined;
  const stopping = new AbortController();
  let known: Promise<GitHub> | undefined;
  let recovery: Recovery | undefined;
  let redelivery: Redelivery | undefined;
  let working = Promise.resolve();

  /** A webhook does not wait for what speaks to GitHub. */
  function connect(): Promise<GitHub> {
    const { appId, privateKey, apiUrl: baseUrl } = app;
    known ??= import('../../github/github.ts').then(({ createGitHub }) =>
      createGitHub({ appId, privateKey, baseUrl, budget, clock, log, metrics }),
    );
    return known;
  }

  /** With Express, for which no webhook waits either. */
  async function loadEvents(): Promise<RequestListener> {
    const { createEventsEndpoint } = await import('../../source/events-endpoint.ts');
    const { createApp } = await import('../operator-routes.ts');
    const token = http.internalToken;
    return createApp([
      createEventsEndpoint({ broker: publisher, outbox, findTenant, log, clock, token, guard, bodyBudget }),
    ]);
  }

  /** Though the inbox may know it: that it was taken once is why it is a dead letter. */
  async function publishAnew(event: Event): Promise<void> {
    await service.publish(event);
    await outbox.publish({ event, triggers: [], now: clock.now() });
  }

  async function work(): Promise<void> {
    const github = await connect();
    const { createHookDeliveries } = await import('../../source/hook-deliveries.ts');
    const { createRecovery } = await import('../../source/recovery.ts');
    const hookDeliveries = createHookDeliveries({ app: github.app });
    if (stopping.signal.aborted) return;
    recovery = createRecovery({ hookDeliveries, outbox, notes, clock, log, metrics });
    recovery.start();
    const { createAdoption } = await import('../../source/adoption.ts');
    const publish = createAdoption({ publish: publishAnew, findTenant: github.findInstallation });
    redelivery = createRedelivery({ outbox, publish, clock, log }, { takes: ({ trigger }) => trigger === NO_TRIGGER });
    if (!stopping.signal.aborted) redelivery.start();
    const ask = github.botLogin;
    // The runner, which has no credentials to ask with, waits for the answer in the store.
    await learnBotLogin({ configured: app.botLogin, ask, notes, clock, log }, stopping.signal);
  }

  return {
    handle(req, res) {
      if (intake(req, res)) return true;
      if (!isOpen || req.url?.split('?', 1)[0] !== '/events') return false;
      events ??= loadEvents();
      void events.then((serve) => serve(req, res));
      return true;
    },
    begin(settled) {
      working = settled.then(work);
      return working;
    },
    async drain() {
      stopping.abort();
      await working.catch(() => {});
      await Promise.all([recovery?.stop(), redelivery?.stop()]);
    },
  };
};

export const prepareSourceRole: PrepareRole = async () => createSourceRole;
