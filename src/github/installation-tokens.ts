/**
 * Access tokens of App installations, in memory only. One is used until five minutes before it expires, and asked for once
 * however many callers want it. `@octokit/auth-app` has a cache too: it goes by a fixed 59 minutes, cannot be told that a
 * token was refused, and shares requests under way between Apps that use the same installation id.
 */
import { FairleadError } from '../events/fairlead-error.ts';
import type { Clock } from '../observe/clock.ts';

export interface InstallationTokens {
  get(tenant: string): Promise<string>;
  /** Drops a token that GitHub refused; one that has taken its place since stays. */
  drop(tenant: string, token: string): void;
}

interface Token {
  readonly token: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

const SPARE_MS = 5 * 60_000;

/** `create` asks GitHub for a token: `POST /app/installations/{installation_id}/access_tokens`. */
export function createInstallationTokens(dependencies: {
  readonly clock: Clock;
  readonly create: (installation: number) => Promise<{ readonly token: string; readonly expires_at: string }>;
}): InstallationTokens {
  const { clock, create } = dependencies;
  const held = new Map<string, Token>();
  const pending = new Map<string, Promise<Token>>();

  async function renew(tenant: string): Promise<Token> {
    const { token, expires_at } = await create(Number(tenant));
    const expiresAt = Date.parse(expires_at);
    if (typeof token !== 'string' || Number.isNaN(expiresAt)) {
      throw new FairleadError('github.unavailable', 'GitHub’s answer to a request for an access token holds none.');
    }
    const fresh = { token, expiresAt };
    held.set(tenant, fresh);
    return fresh;
  }

  return {
    async get(tenant) {
      const known = held.get(tenant);
      if (known !== undefined && clock.now() < known.expiresAt - SPARE_MS) return known.token;
      held.delete(tenant);
      let renewal = pending.get(tenant);
      if (renewal === undefined) {
        renewal = renew(tenant).finally(() => pending.delete(tenant));
        pending.set(tenant, renewal);
      }
      return (await renewal).token;
    },
    drop(tenant, token) {
      if (held.get(tenant)?.token === token) held.delete(tenant);
    },
  };
}
