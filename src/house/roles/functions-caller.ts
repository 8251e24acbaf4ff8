import { createFunctionContexts } from '../../../functions/context.ts';
import { FUNCTIONS } from '../../../functions/index.ts';
import type { ServiceConfig } from '../../config.ts';
import { createGitHub, type GitHub } from '../../github/github.ts';
import type { Caller } from '../../workflow/caller.ts';
import { createLocalCaller } from '../local-caller.ts';
import type { RoleDependencies } from './role.ts';

/** The functions over the store and GitHub, for whoever serves them. */
export function createFunctionsCaller(
  { store, clock, log, metrics }: Omit<RoleDependencies, 'health' | 'bodies'>,
  config: ServiceConfig,
): { readonly caller: Caller; readonly github: GitHub } {
  const { appId, privateKey, apiUrl: baseUrl } = config.github;
  const { checkRuns, dryRun } = config;
  const share = config.rateShare;
  const writes = dryRun === 'off' ? 'all' : 'check-runs';
  const github = createGitHub({ appId, privateKey, baseUrl, budget: store.budget, writes, share, clock, log, metrics });
  const toContext = createFunctionContexts({
    github,
    ledger: store.ledger,
    appId,
    checkRuns,
    dryRun,
    now: clock.now,
  });
  return { caller: createLocalCaller({ functions: FUNCTIONS, toContext }), github };
}
