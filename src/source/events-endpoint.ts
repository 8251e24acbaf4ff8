/**
 * `POST /events` on the internal port: CloudEvents over HTTP in binary, structured or batched mode, so that another
 * producer (a Knative GitHubSource, say) can feed us. Answered 2xx only after the commit of every event in the message.
 *
 * Events act in the name of a tenant. One that does not name its installation is looked up by repository; one that cannot
 * be found is kept in the dead letters, where a person can see why nothing happened, and is answered 202: sending it
 * again would not help.
 */
import express, { type Router } from 'express';
import { type BodyBudget, createBodyBudget } from '../broker/body-budget.ts';
import type { Broker } from '../broker/broker.ts';
import type { EventGuard } from '../broker/oidc/guard.ts';
import { readBody } from '../broker/read-body.ts';
import { FairleadError } from '../events/fairlead-error.ts';
import { fromHttp, type ReceivedEvent } from '../events/http.ts';
import { type Problem, sendProblem } from '../events/problem.ts';
import { createDoor } from './bearer.ts';
import { MAX_BYTES_AT_ONCE } from './intake.ts';
import { refusePublication } from './refuse-publication.ts';
import { type OwnershipDependencies, toOwned } from './tenant-for.ts';

export interface EventsEndpointDependencies extends OwnershipDependencies {
  readonly broker: Broker;
  /** Demanded as a bearer token when given. */
  readonly token?: string | undefined;
  /** Lets in who does not bring that token; without a token, asked of everybody. */
  readonly guard?: EventGuard | undefined;
  readonly maxBytes?: number;
  readonly bodyTimeoutMs?: number;
  /** Of all bodies at the port at once; default one of its own. */
  readonly bodyBudget?: BodyBudget;
}

const MAX_BYTES = 25 * 1024 * 1024;
const BODY_TIMEOUT_MS = 30_000;
/** More events than this in one batch would be stored in one breath. */
const MAX_BATCH = 1000;

export function createEventsEndpoint(dependencies: EventsEndpointDependencies): Router {
  const { broker, log, clock, bodyBudget = createBodyBudget(MAX_BYTES_AT_ONCE) } = dependencies;
  const limits = {
    maxBytes: dependencies.maxBytes ?? MAX_BYTES,
    timeoutMs: dependencies.bodyTimeoutMs ?? BODY_TIMEOUT_MS,
  };
  const refuse = createDoor(dependencies.token, dependencies.guard);
  const router = express.Router();

  router.all('/events', async (req, res) => {
    const answer = await take(req);
    if (answer === undefined) return;
    if (typeof answer === 'number') res.writeHead(answer, { 'content-length': 0 }).end();
    else sendProblem(res, answer);
  });
  return router;

  async function take(req: express.Request): Promise<number | Problem | undefined> {
    if (req.method !== 'POST') {
      return { status: 405, detail: 'Events are sent with POST.', headers: { allow: 'POST' } };
    }
    const refusal = await refuse(req);
    if (refusal) return refusal;
    const claim = bodyBudget.claim();
    try {
      const body = await readBody({ clock, claim }, req, limits);
      return Buffer.isBuffer(body) ? await takeBody(req, body) : body;
    } finally {
      claim.release();
    }
  }

  async function takeBody(req: express.Request, body: Buffer): Promise<number | Problem> {
    const received = read(req, body);
    return 'status' in received ? received : publishAll(received);
  }

  async function publishAll(received: readonly ReceivedEvent[]): Promise<number | Problem> {
    const problems = (await Promise.all(received.map(publish))).filter((outcome) => outcome !== undefined);
    // Of a batch, what may pass is told before what is final: its event has to come again.
    return problems.find(({ status }) => status >= 500) ?? problems[0] ?? 202;
  }

  async function publish({ event, dataText }: ReceivedEvent): Promise<Problem | undefined> {
    try {
      const owned = await toOwned(dependencies, event);
      if (owned === undefined) return undefined;
      const receipt = await broker.publish(owned, dataText === undefined ? {} : { dataText });
      log.info({ event: event.id, type: event.type, tenant: owned.tenant, receipt }, 'event taken');
      return undefined;
    } catch (error) {
      // Knative's data plane would deliver a 409 again, for as long as its retries last.
      return refusePublication({ log }, event, error, 422);
    }
  }
}

function read(req: express.Request, body: Buffer): readonly ReceivedEvent[] | Problem {
  try {
    const received = fromHttp(req.headers, body);
    if (received.length <= MAX_BATCH) return received;
    return { status: 413, detail: `A batch may hold ${MAX_BATCH} events; this one holds ${received.length}.` };
  } catch (error) {
    if (!(error instanceof FairleadError)) throw error;
    return { status: error.code === 'event.unsupported' ? 415 : 400, code: error.code, detail: error.message };
  }
}
