import { createFunctionContexts } from '../../../functions/context.ts';
import { FUNCTIONS } from '../../../functions/index.ts';
import { createGitHub } from '../../github/github.ts';
import { learnBotLogin } from '../bot-identity.ts';
import { createFunctionsEndpoint } from '../functions-endpoint.ts';
import { createLocalCaller } from '../local-caller.ts';
import type { CreateRole } from './role.ts';

/** What workflows call, as the HTTP service that `functions/openapi.json` describes. */
export const createFunctionsRole: CreateRole = (dependencies, config) => {
  const { store, clock, log, metrics } = dependencies;
  const { appId, privateKey, apiUrl: baseUrl, botLogin: configured } = config.github;
  const { checkRuns, dryRun } = config;
  const share = config.rateShare;
  const writes = dryRun === 'off' ? 'all' : 'check-runs';
  const github = createGitHub({ appId, privateKey, baseUrl, budget: store.budget, writes, share, clock, log, metrics });
  const caller = createLocalCaller({
    functions: FUNCTIONS,
    toContext: createFunctionContexts({ github, ledger: store.ledger, appId, checkRuns, dryRun, now: clock.now }),
  });
  const endpoint = createFunctionsEndpoint({ caller, clock, log, token: config.http.internalToken });
  const stopping = new AbortController();
  let learning: Promise<unknown> = Promise.resolve();
  return {
    handle: endpoint.receive,
    begin(settled) {
      const { notes } = store;
      learning = settled.then(() =>
        learnBotLogin({ configured, ask: github.botLogin, notes, clock, log }, stopping.signal),
      );
    },
    async drain(deadlineMs) {
      stopping.abort();
      await Promise.all([learning, endpoint.drain(deadlineMs)]);
    },
  };
};
