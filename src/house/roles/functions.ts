import { learnBotLogin } from '../bot-identity.ts';
import { createFunctionsEndpoint } from '../functions-endpoint.ts';
import { createFunctionsCaller } from './functions-caller.ts';
import type { CreateRole, PrepareRole } from './role.ts';

/** What workflows call, as the HTTP service that `functions/openapi.json` describes. */
const createFunctionsRole: CreateRole = (dependencies, config) => {
  const { store, bodies, clock, log } = dependencies;
  const { caller, github } = createFunctionsCaller(dependencies, config);
  const configured = config.github.botLogin;
  const endpoint = createFunctionsEndpoint({ caller, bodies, clock, log, token: config.http.internalToken });
  const stopping = new AbortController();
  let learning = Promise.resolve();

  async function learn(): Promise<void> {
    const { notes } = store;
    const ask = github.botLogin;
    // Without credentials no call can be answered; while there is no service, whoever calls tries again.
    await learnBotLogin({ configured, ask, notes, clock, log, endsIfRefused: true }, stopping.signal);
  }

  return {
    handle: endpoint.receive,
    begin(settled) {
      learning = settled.then(learn);
      return learning;
    },
    async drain(deadlineMs) {
      stopping.abort();
      await Promise.all([learning.catch(() => {}), endpoint.drain(deadlineMs)]);
    },
  };
};

export const prepareFunctionsRole: PrepareRole = async () => createFunctionsRole;
