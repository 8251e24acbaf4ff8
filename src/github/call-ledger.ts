/**
 * What each installation has spent of GitHub's limits, and whether it may spend more. Of the hour's budget of calls GitHub itself
 * keeps the account, over all processes, and tells it with every answer; here it is added what is under way. So the ledger is in
 * memory alone: a process that starts knows after its first answer what all of them have spent.
 *
 * Never more than a share of the hour is used: beyond it, and for as long as GitHub says to wait, a call is refused before it
 * leaves, as `github.rate_limited` with `retryAfter`, for the caller's durable timer. Of the secondary limit the points of the last
 * minute are counted (a call that reads is one, one that writes is five); a process that spends many of them takes
 * them from a bucket in the store, which all processes share.
 * @see https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
 */
import { FairleadError } from '../events/fairlead-error.ts';
import type { Clock } from '../observe/clock.ts';
import type { Metrics } from '../observe/metrics.ts';
import { type Budget, createPacer } from './pacer.ts';

/** GitHub counts them apart, in calls and in points of its own. */
export type Resource = 'core' | 'graphql';

export interface Spending {
  readonly tenant: string;
  readonly resource: Resource;
  readonly writes: boolean;
  readonly signal: AbortSignal | undefined;
}

export interface CallLedger {
  /** Resolves when the call may leave; every one that does is settled. @throws FairleadError `github.rate_limited` */
  admit(spending: Spending): Promise<void>;
  /** `headers` are the answer's, where there was one. */
  settle(spending: Spending, headers: Readonly<Record<string, string>> | undefined): void;
  /** GitHub said to wait, whatever is left of the hour. */
  told(tenant: string, waitMs: number): void;
}

const MINUTE_MS = 60_000;
/** A reset further away than this is a clock gone wrong. */
const LONGEST_WAIT_MS = 3_600_000;
/** Of the 900 points a minute: so many each process spends unasked, the rest comes out of the shared bucket. */
const OWN_POINTS = 100;
const SHARED_POINTS = { bucket: 'github-points', perMinute: 600, burst: 200, block: 50 } as const;
const READ_POINTS = 1;
const WRITE_POINTS = 5;
const KEPT = 1_000;

interface Hour {
  limit: number;
  used: number;
  resetsAt: number;
}

interface Account {
  readonly hours: Map<Resource, Hour>;
  readonly underWay: Record<Resource, number>;
  toldUntil: number;
  points: { since: number; spent: number };
}

export function createCallLedger(
  dependencies: { readonly budget: Budget; readonly clock: Clock; readonly metrics: Metrics },
  { share }: { readonly share: number },
): CallLedger {
  const { clock, metrics } = dependencies;
  const pacer = createPacer(dependencies, SHARED_POINTS);
  const accounts = new Map<string, Account>();

  function accountOf(tenant: string): Account {
    const known = accounts.get(tenant);
    if (known !== undefined) return known;
    const account: Account = {
      hours: new Map(),
      underWay: { core: 0, graphql: 0 },
      toldUntil: 0,
      points: { since: 0, spent: 0 },
    };
    accounts.set(tenant, account);
    const [oldest] = accounts.keys();
    if (accounts.size > KEPT && oldest !== undefined) accounts.delete(oldest);
    return account;
  }

  function refuse(why: 'hour' | 'told', waitMs: number, message: string): FairleadError {
    metrics.count('github_waits_total', { why });
    const retryAfter = Math.ceil(Math.min(Math.max(waitMs, 1_000), LONGEST_WAIT_MS));
    const told = `${message}; it goes on in ${Math.ceil(retryAfter / 1000)} s.`;
    return new FairleadError('github.rate_limited', told, { status: 429, retryAfter });
  }

  return {
    async admit({ tenant, resource, writes, signal }) {
      const account = accountOf(tenant);
      const now = clock.now();
      if (now < account.toldUntil) {
        throw refuse('told', account.toldUntil - now, 'GitHub told the installation to wait');
      }
      const hour = account.hours.get(resource);
      if (hour !== undefined && now < hour.resetsAt) {
        if (hour.used + account.underWay[resource] >= Math.floor(hour.limit * share)) {
          const part = `${Math.round(share * 100)} % of the hour’s ${hour.limit}`;
          throw refuse('hour', hour.resetsAt - now, `The installation has used its share of GitHub’s calls (${part})`);
        }
      }
      const cost = writes ? WRITE_POINTS : READ_POINTS;
      const { points } = account;
      if (now - points.since >= MINUTE_MS) account.points = { since: now, spent: cost };
      else points.spent += cost;
      account.underWay[resource] += 1;
      metrics.count('github_points_total', {}, cost);
      try {
        if (account.points.spent > OWN_POINTS) await pacer.admit(tenant, { cost, signal });
      } catch (error) {
        account.underWay[resource] -= 1;
        if (error instanceof FairleadError) metrics.count('github_waits_total', { why: 'points' });
        throw error;
      }
    },
    settle({ tenant, resource }, headers) {
      const account = accountOf(tenant);
      account.underWay[resource] = Math.max(0, account.underWay[resource] - 1);
      const told = headers && toHour(headers, clock.now());
      if (told === undefined) return;
      const known = account.hours.get(resource);
      if (known === undefined || told.resetsAt > known.resetsAt) account.hours.set(resource, told);
      // Answers arrive in any order, and what is spent is not unspent.
      else if (told.resetsAt === known.resetsAt) known.used = Math.max(known.used, told.used);
      const hour = account.hours.get(resource) ?? told;
      metrics.set('github_budget_used_ratio', { tenant, resource }, hour.used / Math.max(1, hour.limit * share));
    },
    told(tenant, waitMs) {
      const account = accountOf(tenant);
      account.toldUntil = Math.max(account.toldUntil, clock.now() + Math.min(waitMs, LONGEST_WAIT_MS));
    },
  };
}

/** Undefined where GitHub tells no limit: Enterprise Server has none unless it is switched on. */
function toHour(headers: Readonly<Record<string, string>>, now: number): Hour | undefined {
  const [limit, remaining, reset] = ['limit', 'remaining', 'reset'].map((name) => {
    const text = headers[`x-ratelimit-${name}`];
    return text === undefined || text === '' ? Number.NaN : Number(text);
  }) as [number, number, number];
  const resetsAt = reset * 1000;
  if (!(limit > 0) || !(remaining >= 0) || !(resetsAt > now)) return undefined;
  return { limit, used: Math.max(0, limit - remaining), resetsAt };
}
