/**
 * Whether a webhook's raw bytes were signed with one of our secrets. Several secrets are accepted at once, so that one can
 * be replaced without losing a delivery: the new one is added here, then set on GitHub, then the old one removed here.
 * @see https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
 */
import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';
import { FairleadError } from '../events/fairlead-error.ts';

const FORM = /^sha256=[0-9a-f]{64}$/;

/** True when `signature` is that of `body` under one of the secrets. */
export type Verify = (body: Buffer, signature: Buffer) => boolean;

/** The digest in the value of `X-Hub-Signature-256`, undefined where that has not the form of one. */
export function toSignature(value: string | undefined): Buffer | undefined {
  return value !== undefined && FORM.test(value) ? Buffer.from(value.slice('sha256='.length), 'hex') : undefined;
}

/** @throws FairleadError `config.invalid` when there is no secret, or an empty one */
export function createVerify(secrets: readonly string[]): Verify {
  if (secrets.length === 0 || secrets.some((secret) => secret.trim() === '')) {
    throw new FairleadError(
      'config.invalid',
      'No webhook secret is set, so anybody could send events. Set WEBHOOK_SECRET to the secret of your GitHub App; ' +
        '`npx fairlead setup` makes an App that has one.',
    );
  }
  const keys = secrets.map((secret) => createSecretKey(secret, 'utf8'));
  return (body, signature) =>
    keys.some((key) => timingSafeEqual(createHmac('sha256', key).update(body).digest(), signature));
}
