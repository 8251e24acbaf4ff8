import type { RunRecord, RunStatus } from '../workflow/journal.ts';
import { EXIT_CODES, type Invocation } from './command.ts';
import { plain, table, toJsonText } from './terminal.ts';
import { duration, timestamp } from './time.ts';
import { usage } from './usage.ts';
import { withStore } from './with-store.ts';

const STATUSES = {
  pending: true,
  running: true,
  waiting: true,
  suspended: true,
  completed: true,
  faulted: true,
  cancelled: true,
} as const satisfies Record<RunStatus, true>;

/** `fairlead runs list`. */
export async function listRuns({ context, option, count, flag }: Invocation): Promise<number> {
  const limit = count('limit') ?? 20;
  const tenant = option('tenant');
  const before = option('before');
  const status = statusOf(option('status'));
  const runs = await withStore(context, ({ journal }) =>
    journal.list({
      limit,
      ...(tenant === undefined ? {} : { tenant }),
      ...(status === undefined ? {} : { status }),
      ...(before === undefined ? {} : { before }),
    }),
  );
  const { stdout } = context;
  if (flag('json')) for (const run of runs) stdout.write(`${toJsonText(run)}\n`);
  else if (runs.length === 0) stdout.write('No runs.\n');
  else stdout.write(table(['ID', 'STATUS', 'WORKFLOW', 'TENANT', 'LANE', 'CREATED', 'TOOK'], runs.map(toRow)));
  return EXIT_CODES.done;
}

function statusOf(text: string | undefined): RunStatus | undefined {
  if (text === undefined || Object.hasOwn(STATUSES, text)) return text as RunStatus | undefined;
  throw usage(`--status is “${text}”; a run is ${Object.keys(STATUSES).join(', ')}.`);
}

function toRow(run: RunRecord): readonly string[] {
  return [
    run.id,
    run.status,
    plain(`${run.definition.name} ${run.definition.version}`),
    plain(run.tenant),
    plain(run.lane?.name ?? '-'),
    timestamp(run.createdAt),
    run.startedAt === undefined || run.endedAt === undefined ? '-' : duration(run.endedAt - run.startedAt),
  ];
}
