import { FairleadError } from '../events/fairlead-error.ts';
import type { Journal } from '../workflow/journal.ts';
import { EXIT_CODES, type Invocation, type Run } from './command.ts';
import { findRun } from './find-run.ts';
import { withStore } from './with-store.ts';

interface Act {
  readonly perform: (journal: Journal, tenant: string, id: string) => Promise<boolean>;
  readonly done: string;
  /** Why the run may refuse; follows its status. */
  readonly refused: string;
}

const REASON = 'Cancelled from the command line.';

/** `fairlead runs cancel <id>`: a run under way stops when its process next renews its lease. */
export const cancelRun = control(({ option }) => ({
  perform: (journal, tenant, id) => journal.cancel(tenant, id, option('reason') ?? REASON),
  done: 'is asked to stop',
  refused: 'has ended already',
}));

/** `fairlead runs suspend <id>`: it is taken from its process, which hears of it like of a cancellation. */
export const suspendRun = control(({ context }) => ({
  perform: (journal, tenant, id) => journal.suspend(tenant, id, context.now()),
  done: 'is suspended',
  refused: 'can be suspended only while it is pending, running or waiting, and not asked to stop',
}));

/** `fairlead runs resume <id>`. */
export const resumeRun = control(({ context }) => ({
  perform: (journal, tenant, id) => journal.resume(tenant, id, context.now()),
  done: 'goes on',
  refused: 'can be resumed only while it is suspended',
}));

/** `fairlead runs retry <id>`. */
export const retryRun = control(() => ({
  perform: (journal, tenant, id) => journal.retry(tenant, id),
  done: 'is tried again from the task that failed',
  refused: 'can be retried only after it has faulted',
}));

function control(toAct: (invocation: Invocation) => Act): Run {
  return async (invocation) => {
    const { context, arguments: ids, option } = invocation;
    const id = ids[0] as string;
    const act = toAct(invocation);
    await withStore(context, async ({ journal }) => {
      const { record } = await findRun(journal, id, option('tenant'));
      if (!(await act.perform(journal, record.tenant, id)))
        throw new FairleadError('cli.refused', `The run ${id} is ${record.status}; a run ${act.refused}.`);
    });
    context.stdout.write(`The run ${id} ${act.done}.\n`);
    return EXIT_CODES.done;
  };
}
