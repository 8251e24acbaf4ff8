/**
 * The webhook path: GitHub's signed POST in, an event committed, 202 out. Plain `node:http`, ahead of the Express app
 * (docs/decisions/0001-webhook-path.md).
 *
 * - Nothing is believed before the signature over the raw bytes is verified; nothing is answered 2xx before
 *   `broker.publish` has resolved, that is, before the commit. A delivery known already is answered 200 and does nothing.
 * - A webhook of a repository or an organization, in place of the App's, names no installation: that is looked up, and one
 *   that has none is a dead letter. Where GitHub cannot be asked, it is refused, and GitHub lists it as failed.
 * - Refusals are RFC 9457 problems. GitHub does not deliver again by itself: what we refuse for our own reasons (503) is
 *   asked for again by `recovery.ts`.
 * - Neither a body nor a secret is ever logged.
 */
import { isUtf8 } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type BodyBudget, createBodyBudget } from '../broker/body-budget.ts';
import type { Broker } from '../broker/broker.ts';
import { readBody } from '../broker/read-body.ts';
import { tenantOf } from '../events/event.ts';
import { type Problem, sendProblem } from '../events/problem.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { Payload } from './github-events.ts';
import { refusePublication } from './refuse-publication.ts';
import { createVerify, toSignature } from './signature.ts';
import { type OwnershipDependencies, toOwned } from './tenant-for.ts';
import { type Convention, toEvent, type Webhook } from './translate.ts';

/** Probot's usual path, and GitHub Apps made for Probot name it. */
export const WEBHOOK_PATH = '/api/github/webhooks';

/** GitHub's own cap: https://docs.github.com/en/webhooks/webhook-events-and-payloads#payload-cap */
const MAX_BYTES = 25 * 1024 * 1024;

/** Of all bodies at one port, from their first byte until they are answered: ten of the largest. */
export const MAX_BYTES_AT_ONCE = 256 * 1024 * 1024;

/** GitHub gives up on a delivery after 10 seconds, so a body that takes longer has nobody waiting. */
const BODY_TIMEOUT_MS = 10_000;

export interface IntakeDependencies extends OwnershipDependencies {
  readonly broker: Broker;
  /** Secrets accepted, the current one first (it is tried first). */
  readonly secrets: readonly string[];
  readonly metrics: Metrics;
  readonly convention?: Convention;
  readonly path?: string;
  readonly maxBytes?: number;
  readonly bodyTimeoutMs?: number;
  /** Of all bodies at the port at once; default one of its own. */
  readonly bodyBudget?: BodyBudget;
}

/** Takes the request when it is for the webhook path and answers it; false leaves it untouched to the next handler. */
export type Intake = (req: IncomingMessage, res: ServerResponse) => boolean;

interface Accepted {
  readonly status: 200 | 202;
  /** What the log says about it; a dead letter was told of already. */
  readonly taken?: Readonly<Record<string, string>>;
}

const UNSIGNED: Problem = {
  status: 401,
  code: 'webhook.unsigned',
  detail: 'The webhook is not signed with a secret that is accepted here.',
};

/** @throws FairleadError `config.invalid` when no secret is given */
export function createIntake(dependencies: IntakeDependencies): Intake {
  const { broker, log, metrics, clock, convention = 'knative', path = WEBHOOK_PATH } = dependencies;
  const { bodyBudget = createBodyBudget(MAX_BYTES_AT_ONCE) } = dependencies;
  const limits = {
    maxBytes: dependencies.maxBytes ?? MAX_BYTES,
    timeoutMs: dependencies.bodyTimeoutMs ?? BODY_TIMEOUT_MS,
  };
  const verify = createVerify(dependencies.secrets);

  return (req, res) => {
    if (!isFor(path, req.url)) return false;
    void take(req).then((answer) => reply(req, res, answer));
    return true;
  };

  async function take(req: IncomingMessage): Promise<Accepted | Problem | undefined> {
    const refusal = refuseHead(req);
    if (refusal) return refusal;
    const signature = toSignature(header(req, 'x-hub-signature-256'));
    if (signature === undefined) return UNSIGNED;
    const claim = bodyBudget.claim();
    try {
      const body = await readBody({ clock, claim }, req, limits);
      if (Buffer.isBuffer(body)) return await takeBody(req, body, signature);
      if (body?.status === 503) log.warn({ delivery: deliveryOf(req), from: req.socket.remoteAddress }, body.detail);
      return body;
    } finally {
      claim.release();
    }
  }

  async function takeBody(req: IncomingMessage, body: Buffer, signature: Buffer): Promise<Accepted | Problem> {
    if (!verify(body, signature)) return UNSIGNED;
    const text = isUtf8(body) ? body.toString('utf8') : '';
    const payload = parse(text);
    if (!payload) return { status: 400, detail: 'The body is not a JSON object in UTF-8.' };
    const name = header(req, 'x-github-event') as string;
    const id = header(req, 'x-github-delivery') as string;
    return publish({ name, id, payload }, body);
  }

  async function publish(webhook: Webhook, dataText: Buffer): Promise<Accepted | Problem> {
    const told = toEvent(webhook, { convention, now: clock.now() });
    try {
      const event =
        told.tenant === undefined && isOfSomebody(webhook.payload) ? await toOwned(dependencies, told) : told;
      if (event === undefined) return { status: 202 };
      const receipt = await broker.publish(event, { dataText });
      const taken = { event: event.id, type: event.type, tenant: tenantOf(event), receipt };
      return { status: receipt === 'accepted' ? 202 : 200, taken };
    } catch (error) {
      return refusePublication({ log }, told, error);
    }
  }

  function reply(req: IncomingMessage, res: ServerResponse, answer: Accepted | Problem | undefined): void {
    if (answer === undefined) return;
    metrics.count('webhooks_total', { status: String(answer.status) });
    if (!('detail' in answer)) {
      res.writeHead(answer.status, { 'content-length': 0 }).end();
      // After the answer, which waits for the commit and for nothing else.
      if (answer.taken !== undefined) log.info(answer.taken, 'webhook taken');
      return;
    }
    if (answer.status < 500) {
      log.warn({ status: answer.status, delivery: deliveryOf(req), from: req.socket.remoteAddress }, answer.detail);
    }
    sendProblem(res, answer);
  }
}

function isFor(path: string, url = ''): boolean {
  return url === path || url.split('?', 1)[0] === path;
}

/** What can be refused without reading the body. */
function refuseHead(req: IncomingMessage): Problem | undefined {
  if (req.method !== 'POST') {
    return { status: 405, detail: 'Webhooks are sent with POST.', headers: { allow: 'POST' } };
  }
  const type = (req.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase();
  if (type === 'application/x-www-form-urlencoded') {
    const detail = 'Form encoding is not accepted. Set “Content type” of the webhook on GitHub to application/json.';
    return { status: 415, detail };
  }
  if (type !== 'application/json') return { status: 415, detail: 'The content type must be application/json.' };
  if ((req.headers['content-encoding'] ?? 'identity') !== 'identity') {
    return { status: 415, detail: 'The body must not be compressed.' };
  }
  if (!/^[a-z0-9_]{1,64}$/.test(header(req, 'x-github-event') ?? '')) {
    return { status: 400, detail: 'X-GitHub-Event is missing or is not the name of an event.' };
  }
  if (deliveryOf(req) === undefined) {
    return { status: 400, detail: 'X-GitHub-Delivery is missing or is not an id of at most 128 visible characters.' };
  }
  return undefined;
}

/** Of these an App's own webhook says the installation; what names none of them, such as its `ping`, belongs to none. */
function isOfSomebody({ repository, organization }: Payload): boolean {
  return (repository ?? organization ?? null) !== null;
}

function deliveryOf(req: IncomingMessage): string | undefined {
  const id = header(req, 'x-github-delivery');
  return id !== undefined && /^[!-~]{1,128}$/.test(id) ? id : undefined;
}

/** None of the headers read here may come twice; Node joins such with a comma, which no check lets pass. */
function header(req: IncomingMessage, name: string): string | undefined {
  const value = req.headers[name];
  return Array.isArray(value) ? value.join() : value;
}

function parse(text: string): Payload | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Payload) : undefined;
  } catch {
    return undefined;
  }
}
