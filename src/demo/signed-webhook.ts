import { createHmac } from 'node:crypto';

export interface SignedWebhook {
  readonly headers: Readonly<Record<string, string>>;
  /** The exact bytes that the signature is of. */
  readonly body: Buffer;
}

/**
 * A webhook as GitHub sends it, signed with the App's secret.
 * @see https://docs.github.com/webhooks/webhook-events-and-payloads#delivery-headers
 */
export function signedWebhook(webhook: {
  readonly event: string;
  readonly payload: unknown;
  readonly secret: string;
  /** `X-GitHub-Delivery`. */
  readonly guid: string;
  readonly appId?: number;
}): SignedWebhook {
  const body = Buffer.from(JSON.stringify(webhook.payload));
  const signature = createHmac('sha256', webhook.secret).update(body).digest('hex');
  return {
    body,
    headers: {
      'content-type': 'application/json',
      'user-agent': 'GitHub-Hookshot/fairlead',
      'x-github-event': webhook.event,
      'x-github-delivery': webhook.guid,
      'x-github-hook-id': '1',
      'x-github-hook-installation-target-type': 'integration',
      'x-github-hook-installation-target-id': String(webhook.appId ?? 0),
      'x-hub-signature-256': `sha256=${signature}`,
    },
  };
}
