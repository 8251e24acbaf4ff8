import type { Journal, RunRecord } from '../workflow/journal.ts';
import { EXIT_CODES, type Invocation } from './command.ts';
import { retryRun } from './control-run.ts';
import { plain } from './terminal.ts';
import { timestamp } from './time.ts';
import { usage } from './usage.ts';
import { withStore } from './with-store.ts';

const PAGE_SIZE = 100;
/** A day (UTC), or a moment with its zone. */
const MOMENT = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d))?$/;

type Faulted = Pick<RunRecord, 'tenant' | 'id' | 'endedAt'> & { readonly workflow: string };

/** `fairlead runs retry <id>`, or of all that faulted: exit 1 where one of them was no longer to be retried. */
export async function retryRuns(invocation: Invocation): Promise<number> {
  const { context, arguments: ids, option, flag } = invocation;
  const since = sinceOf(option('since'));
  const isDry = flag('dry-run');
  const status = option('status');
  if (ids.length > 0) {
    if (status === undefined && since === undefined && !isDry) return retryRun(invocation);
    throw usage('--status, --since and --dry-run are for many runs; leave the id out.');
  }
  if (status !== 'faulted') throw usage('Name a run, or say --status faulted for all of those.');
  const { stdout, stderr } = context;
  return withStore(context, async ({ journal }) => {
    const faulted = await listFaulted(journal, { tenant: option('tenant'), since });
    let count = 0;
    for (const { tenant, id, workflow, endedAt } of faulted) {
      if (!isDry && !(await journal.retry(tenant, id))) {
        stderr.write(`fairlead: the run ${id} is not faulted any more.\n`);
        continue;
      }
      count += 1;
      const told = `${plain(workflow)}, faulted ${timestamp(endedAt ?? 0)}`;
      stdout.write(`The run ${id} (${told}) ${isDry ? 'would be' : 'is'} tried again from the task that failed.\n`);
    }
    stdout.write(`${count === 0 ? 'No' : count} ${count === 1 ? 'run' : 'runs'} ${isDry ? 'to retry' : 'retried'}.\n`);
    return count === faulted.length ? EXIT_CODES.done : EXIT_CODES.failed;
  });
}

/** Oldest first. Without sub-flows, of which a retried run begins another one. */
async function listFaulted(
  journal: Journal,
  { tenant, since = 0 }: { readonly tenant: string | undefined; readonly since: number | undefined },
): Promise<readonly Faulted[]> {
  const faulted: Faulted[] = [];
  let before: string | undefined;
  for (let size = PAGE_SIZE; size === PAGE_SIZE; ) {
    const page = await journal.list({
      status: 'faulted',
      limit: PAGE_SIZE,
      ...(tenant === undefined ? {} : { tenant }),
      ...(before === undefined ? {} : { before }),
    });
    for (const { tenant: of, id, parent, endedAt, definition } of page) {
      if (parent !== undefined || (endedAt ?? 0) < since) continue;
      faulted.push({ tenant: of, id, endedAt, workflow: definition.name });
    }
    size = page.length;
    before = page.at(-1)?.id;
  }
  return faulted.reverse();
}

/** @throws FairleadError `cli.usage` */
function sinceOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const at = MOMENT.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(at)) return at;
  throw usage(`--since is “${text}”; write a day such as 2026-11-21, or a moment such as 2026-11-21T14:00Z.`);
}
