import { type Answer, refusal } from './answer.ts';
import type { Installation, World } from './world.ts';

const HOUR_MS = 3_600_000;

/** Counts one call against the installation's hour; answers the refusal when the hour is used up. */
export function charge(world: World, installation: Installation): Answer | undefined {
  const { rateLimit } = installation;
  if (world.now() >= rateLimit.resetsAt) {
    rateLimit.used = 0;
    rateLimit.resetsAt = world.now() + HOUR_MS;
  }
  if (rateLimit.used >= rateLimit.limit) {
    return refusal(403, `API rate limit exceeded for installation ID ${installation.id}.`);
  }
  rateLimit.used += 1;
  return undefined;
}

/** A conditional request that changed nothing is free. */
export function refund(installation: Installation): void {
  installation.rateLimit.used -= 1;
}

export function rateLimitHeaders({ rateLimit }: Installation): Readonly<Record<string, string>> {
  return {
    'x-ratelimit-limit': String(rateLimit.limit),
    'x-ratelimit-remaining': String(rateLimit.limit - rateLimit.used),
    'x-ratelimit-used': String(rateLimit.used),
    'x-ratelimit-reset': String(Math.ceil(rateLimit.resetsAt / 1000)),
    'x-ratelimit-resource': 'core',
  };
}
