import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import { signedWebhook } from '../signed-webhook.ts';
import type { HookDelivery, WebhookPayload } from './world.ts';

/** GitHub gives up on a webhook that is not answered in this time. */
const ANSWER_WITHIN_MS = 10_000;

export interface HookTarget {
  readonly url: string;
  readonly secret: string;
}

export interface DeliverOptions {
  /** `X-GitHub-Delivery`; default a new one. */
  readonly guid?: string;
  /** Signs with another secret than the bot's. */
  readonly secret?: string;
  /** Lists the delivery as failed without sending it, as when the bot could not be reached. */
  readonly lost?: boolean;
  readonly redelivery?: boolean;
}

/** The App's webhook: brings events to the bot and keeps what became of each. GitHub never tries again by itself. */
export interface Hook {
  connect(target: HookTarget): void;
  deliver(event: string, payload: WebhookPayload, options?: DeliverOptions): Promise<HookDelivery>;
  /** Resolves once no delivery is under way, those included that the present ones lead to. */
  settled(): Promise<void>;
  close(): void;
}

export function createHook(options: {
  readonly appId: number;
  readonly deliveries: HookDelivery[];
  readonly now: () => number;
  readonly nextId: () => number;
}): Hook {
  const { appId, deliveries, now, nextId } = options;
  const stopped = new AbortController();
  const pending = new Set<Promise<HookDelivery>>();
  let target: HookTarget | undefined;

  async function attempt(event: string, payload: WebhookPayload, how: DeliverOptions): Promise<HookDelivery> {
    const guid = how.guid ?? randomUUID();
    const deliveredAt = now();
    const began = performance.now();
    const result = how.lost || !target ? UNREACHABLE : await send(target, event, payload, guid, how.secret);
    const delivery: HookDelivery = {
      id: nextId(),
      guid,
      event,
      payload,
      redelivery: how.redelivery ?? false,
      deliveredAt,
      duration: (performance.now() - began) / 1000,
      ...result,
    };
    deliveries.push(delivery);
    return delivery;
  }

  async function send(to: HookTarget, event: string, payload: WebhookPayload, guid: string, secret = to.secret) {
    const { headers, body } = signedWebhook({ event, payload, secret, guid, appId });
    try {
      const signal = AbortSignal.any([stopped.signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]);
      const response = await fetch(to.url, { method: 'POST', headers, body: new Uint8Array(body), signal });
      await response.arrayBuffer();
      return { statusCode: response.status, status: response.ok ? 'OK' : `Invalid HTTP Response: ${response.status}` };
    } catch (error) {
      return (error as Error).name === 'TimeoutError' ? TIMED_OUT : UNREACHABLE;
    }
  }

  return {
    connect: (to) => {
      target = to;
    },
    deliver: (event, payload, how = {}) => {
      const delivery = attempt(event, payload, how).finally(() => pending.delete(delivery));
      pending.add(delivery);
      return delivery;
    },
    settled: async () => {
      while (pending.size > 0) await Promise.all(pending);
    },
    close: () => stopped.abort(),
  };
}

const UNREACHABLE = { statusCode: 502, status: 'failed to connect to host' };
const TIMED_OUT = { statusCode: 504, status: STATUS_CODES[504] as string };
