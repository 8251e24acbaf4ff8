/** DBOS on the Postgres whose URL is given: a workflow of five steps, each a no-op that adds one. All settings are its defaults. */
import { DBOS } from '@dbos-inc/dbos-sdk';
import { burst, serve } from '../burst.ts';

const [systemDatabaseUrl] = process.argv.slice(2);

const addOne = async (number) => number + 1;

const fiveSteps = DBOS.registerWorkflow(
  async (number) => {
    let value = number;
    for (const name of ['one', 'two', 'three', 'four', 'five']) {
      const input = value;
      value = await DBOS.runStep(() => addOne(input), { name });
    }
    return value;
  },
  { name: 'five-steps' },
);

DBOS.setConfig({ name: 'five-steps', systemDatabaseUrl, logLevel: 'error', runAdminServer: false });
await DBOS.launch();
serve((request) =>
  burst(
    request,
    (number) => fiveSteps(number),
    (number) => number + 5,
  ),
);
