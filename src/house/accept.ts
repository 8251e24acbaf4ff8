import type { RequestListener } from 'node:http';
import type { Broker } from '../broker/broker.ts';
import type { Config } from '../config.ts';
import type { Health } from '../observe/health.ts';
import type { Metrics } from '../observe/metrics.ts';
import { createIntake } from '../source/intake.ts';
import { createPublicHandler } from '../source/public-handler.ts';
import type { OwnershipDependencies } from '../source/tenant-for.ts';
import { listen } from './listener.ts';

/** The public port, open. */
export interface Reception {
  /** Where GitHub posts webhooks. */
  readonly webhookUrl: string;
  /** Resolves when whoever was waiting for the port has been answered: after the first answer, or a moment without one. */
  readonly settled: Promise<void>;
  close(deadlineMs: number): Promise<void>;
}

export interface ReceptionDependencies extends OwnershipDependencies {
  readonly broker: Broker;
  readonly health: Health;
  readonly metrics: Metrics;
}

/** How long the first caller may take to come. A process that was started for a request has it waiting. */
const FIRST_CALL_MS = 50;

/**
 * Opens the public port. It loads what taking a webhook needs and nothing else; Express, which serves the other paths, is
 * loaded behind the open port, and a request for one of them waits for it.
 * @throws FairleadError `config.invalid` when the port cannot be taken
 */
export async function accept(dependencies: ReceptionDependencies, config: Config): Promise<Reception> {
  const { health } = dependencies;
  const { http, github, eventConvention: convention } = config;
  const path = http.webhookPath;
  const intake = createIntake({ ...dependencies, secrets: github.webhookSecrets, convention, path });
  const settled = Promise.withResolvers<void>();
  let app: Promise<RequestListener> | undefined;

  async function loadApp(): Promise<RequestListener> {
    const { createApp, createHealthRoutes } = await import('./operator-routes.ts');
    return createApp([createHealthRoutes({ health, saysWhy: false })]);
  }

  const handler = createPublicHandler({
    intake,
    app: (req, res) => {
      app ??= loadApp();
      void app.then((serve) => serve(req, res));
    },
  });
  const listener = await listen(
    (req, res) => {
      res.once('close', settled.resolve);
      handler(req, res);
    },
    { host: http.host, port: http.port },
  );
  setTimeout(settled.resolve, FIRST_CALL_MS).unref();
  return { webhookUrl: `${listener.url}${path}`, settled: settled.promise, close: listener.close };
}
