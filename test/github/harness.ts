/** A GitHub client over nock: the real Octokit, the real limiter over a bucket in memory, nothing on the network. */
import { generateKeyPairSync } from 'node:crypto';
import nock from 'nock';
import { createGitHub, type GitHubOptions } from '../../src/github/github.ts';
import type { Budget } from '../../src/github/pacer.ts';
import { type Clock, systemClock } from '../../src/observe/clock.ts';
import { createLogger } from '../../src/observe/log.ts';
import { createMetrics } from '../../src/observe/metrics.ts';

export const API = 'https://api.github.com';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const PRIVATE_KEY = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

export const silent = createLogger({ level: 'silent' });

/** A token bucket as the store keeps it, and how often it was asked. */
export function createBucket(): Budget & { readonly takes: () => number } {
  const buckets = new Map<string, { tokens: number; at: number }>();
  let takes = 0;
  return {
    takes: () => takes,
    async take(tenant, name, { count, burst, perMinute, now }) {
      takes += 1;
      const key = `${tenant} ${name}`;
      const bucket = buckets.get(key) ?? { tokens: burst, at: now };
      const tokens = Math.min(burst, bucket.tokens + ((now - bucket.at) * perMinute) / 60_000);
      const granted = Math.min(count, Math.floor(tokens));
      buckets.set(key, { tokens: tokens - granted, at: now });
      return { granted, waitMs: granted > 0 ? 0 : Math.ceil(((1 - tokens) * 60_000) / perMinute) };
    },
  };
}

/** Waits nowhere: time goes on by itself whenever somebody pauses. */
export function createHastyClock(start = Date.now()): Clock & { readonly advance: (ms: number) => void } {
  let now = start;
  return {
    now: () => now,
    advance: (ms) => {
      now += ms;
    },
    after(ms, callback) {
      let cancelled = false;
      setImmediate(() => {
        if (cancelled) return;
        now += ms;
        callback();
      });
      return () => {
        cancelled = true;
      };
    },
  };
}

export function createTestGitHub(
  options: Partial<Pick<GitHubOptions, 'clock' | 'budget' | 'baseUrl' | 'writes' | 'share'>> = {},
) {
  const metrics = createMetrics();
  const { clock = systemClock, budget = createBucket() } = options;
  const github = createGitHub({
    ...options,
    appId: '1',
    privateKey: PRIVATE_KEY,
    budget,
    clock,
    log: silent,
    metrics,
  });
  return { github, metrics, clock };
}

/** Answers requests for an installation's token. `expiresAt` in epoch milliseconds. */
export function grantToken(tenant: string, token: string, expiresAt = Date.now() + 3_600_000, times = 1) {
  return nock(API)
    .post(`/app/installations/${tenant}/access_tokens`)
    .times(times)
    .matchHeader('authorization', /^bearer ey/)
    .reply(201, { token, expires_at: new Date(expiresAt).toISOString() });
}
