import express, { type Express, type Request, type Response, type Router } from 'express';
import type { Problem } from '../events/problem.ts';
import { sendProblem } from '../events/problem.ts';
import type { Health } from '../observe/health.ts';
import type { Metrics } from '../observe/metrics.ts';

/**
 * `/livez` and `/readyz`: alive as long as it answers; ready while it should get work. Why it is not is for the port that the
 * operator alone reaches; elsewhere the log has to be asked.
 */
export function createHealthRoutes(dependencies: { readonly health: Health; readonly saysWhy: boolean }): Router {
  const { health, saysWhy } = dependencies;
  const routes = express.Router();
  routes.get('/livez', (_, response) => {
    response.json({ status: 'ok' });
  });
  routes.get('/readyz', async (_, response) => {
    const unready = await health.unready();
    if (unready === undefined) return void response.json({ status: 'ok' });
    const detail = saysWhy ? `Not ready: ${unready.replace(/\.$/, '')}.` : 'Not ready; the log says why.';
    refuse(response, { status: 503, detail, retryAfter: 5 });
  });
  return routes;
}

/** `/metrics` in the Prometheus text format, for whom `guard` lets in. `refresh` sets the gauges that are read, not counted. */
export function createMetricsRoutes(dependencies: {
  readonly metrics: Metrics;
  readonly refresh: () => Promise<void>;
  readonly guard: (request: Request) => Problem | undefined | Promise<Problem | undefined>;
}): Router {
  const { metrics, refresh, guard } = dependencies;
  const routes = express.Router();
  routes.get('/metrics', async (request, response) => {
    const refusal = await guard(request);
    if (refusal) return refuse(response, refusal);
    await refresh();
    const { contentType, text } = await metrics.expose();
    response.type(contentType).send(text);
  });
  return routes;
}

/** An Express app of these routers, which tells every other request that there is nothing. */
export function createApp(routers: readonly Router[]): Express {
  const app = express();
  app.disable('x-powered-by');
  for (const router of routers) app.use(router);
  app.use((_, response) => refuse(response, { status: 404, detail: 'There is nothing at this path.' }));
  return app;
}

function refuse(response: Response, problem: Problem): void {
  sendProblem(response, problem);
}
