/**
 * GitHub for a command: to look and change nothing (a request that would write is refused before it leaves), or to write,
 * paced. What the ledger of a bot knows of people's own labels and reviewers is not known here.
 */
import { createFunctionContexts, type FunctionContext } from '../../functions/context.ts';
import type { Config } from '../config.ts';
import { FairleadError } from '../events/fairlead-error.ts';
import { createGitHub, type GitHubOptions } from '../github/github.ts';
import { systemClock } from '../observe/clock.ts';
import { createLogger } from '../observe/log.ts';
import { createMetrics } from '../observe/metrics.ts';

export interface ReadRepository {
  readonly context: FunctionContext;
  readonly repository: {
    readonly id: number;
    readonly full_name: string;
    readonly html_url: string;
    readonly default_branch: string;
  };
}

/** @throws FairleadError `cli.not_found` where the App is not installed on the repository, `github.*` */
export async function openForReading(config: Config, fullName: string): Promise<ReadRepository> {
  return open(config, fullName, 'none');
}

/** @throws FairleadError `cli.not_found` where the App is not installed on the repository, `github.*` */
export async function openForWriting(config: Config, fullName: string): Promise<ReadRepository> {
  return open(config, fullName, config.dryRun === 'off' ? 'all' : 'none');
}

async function open(config: Config, fullName: string, writes: 'all' | 'none'): Promise<ReadRepository> {
  const { appId, privateKey, apiUrl: baseUrl } = config.github;
  const [owner = '', repo = ''] = fullName.split('/');
  const github = createGitHub({
    appId,
    privateKey,
    baseUrl,
    clock: systemClock,
    log: createLogger({ level: 'silent' }),
    metrics: createMetrics(),
    writes,
    budget: createBucket(),
    share: config.rateShare,
  });
  const tenant = await github.findInstallation(owner, repo);
  if (tenant === undefined) {
    throw new FairleadError(
      'cli.not_found',
      `The App is not installed on ${fullName}, or there is no such repository.`,
    );
  }
  const toContext = createFunctionContexts({
    github,
    ledger: EMPTY_LEDGER,
    appId,
    checkRuns: false,
    dryRun: 'off',
    now: systemClock.now,
  });
  const call = { tenant, runId: 'read', effectKey: 'read', uncertain: false, signal: new AbortController().signal };
  const context = toContext(call);
  const { data } = await context.github.request('GET /repos/{owner}/{repo}', { owner, repo });
  const { id, full_name, html_url, default_branch } = data;
  return { context, repository: { id: Number(id), full_name, html_url, default_branch } };
}

/** What this one process may write; a bot that runs meanwhile has a budget of its own. */
function createBucket(): GitHubOptions['budget'] {
  let level = Number.POSITIVE_INFINITY;
  let filledAt = 0;
  return {
    async take(_tenant, _bucket, { count, burst, perMinute, now }) {
      const perMs = perMinute / 60_000;
      level = Math.min(burst, level + (now - filledAt) * perMs);
      filledAt = now;
      const granted = Math.min(count, Math.floor(level));
      level -= granted;
      return { granted, waitMs: granted > 0 ? 0 : Math.ceil((1 - level) / perMs) };
    },
  };
}

const EMPTY_LEDGER = {
  read: async () => [],
  write: async () => {},
  forget: async () => {},
};
