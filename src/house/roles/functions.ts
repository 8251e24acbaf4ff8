import { learnBotLogin } from '../bot-identity.ts';
import { createFunctionsEndpoint } from '../functions-endpoint.ts';
import { createFunctionsCaller } from './functions-caller.ts';
import type { CreateRole, PrepareRole } from './role.ts';

/** What workflows call, as the HTTP service that `functions/openapi.json` describes. */
const createFunctionsRole: CreateRole = (dependencies, config) => {
  const { store, clock, log } = dependencies;
  const { caller, github } = createFunctionsCaller(dependencies, config);
  const configured = config.github.botLogin;
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

export const prepareFunctionsRole: PrepareRole = async () => createFunctionsRole;
