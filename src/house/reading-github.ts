/**
 * GitHub for a command that looks and changes nothing: a request that would write is refused before it leaves. What the
 * ledger of a bot knows of people's own labels and reviewers is not known here.
 */
import { createFunctionContexts, type FunctionContext } from '../../functions/context.ts';
import type { Config } from '../config.ts';
import { FairleadError } from '../events/fairlead-error.ts';
import { createGitHub } from '../github/github.ts';
import { systemClock } from '../observe/clock.ts';
import { createLogger } from '../observe/log.ts';
import { createMetrics } from '../observe/metrics.ts';

export interface ReadRepository {
  readonly context: FunctionContext;
  readonly repository: { readonly id: number; readonly full_name: string; readonly html_url: string };
}

/** @throws FairleadError `cli.not_found` where the App is not installed on the repository, `github.*` */
export async function openForReading(config: Config, fullName: string): Promise<ReadRepository> {
  const { appId, privateKey, apiUrl: baseUrl } = config.github;
  const [owner = '', repo = ''] = fullName.split('/');
  const github = createGitHub({
    appId,
    privateKey,
    baseUrl,
    clock: systemClock,
    log: createLogger({ level: 'silent' }),
    metrics: createMetrics(),
    // Nothing that writes leaves, so that there is nothing to pace.
    writes: 'none',
    budget: { take: async (_tenant, _bucket, { count }) => ({ granted: count, waitMs: 0 }) },
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
  return { context, repository: { id: Number(data.id), full_name: data.full_name, html_url: data.html_url } };
}

const EMPTY_LEDGER = {
  read: async () => [],
  write: async () => {},
  forget: async () => {},
};
