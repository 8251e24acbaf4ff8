import { FairleadError } from '../events/fairlead-error.ts';
import type { Entry, Journal, RunRecord } from '../workflow/journal.ts';
import { EXIT_CODES, type Invocation } from './command.ts';
import { plain, type Style, styleFor, toJsonText } from './terminal.ts';
import { duration, timestamp } from './time.ts';
import { withStore } from './with-store.ts';

const LONGEST_BODY = 160;

interface History {
  readonly record: RunRecord;
  readonly entries: readonly Entry[];
}

/** `fairlead runs show <id>`. */
export async function showRun({ context, arguments: [id], option, flag }: Invocation): Promise<number> {
  const history = await withStore(context, ({ journal }) => find(journal, id as string, option('tenant')));
  if (!history)
    throw new FairleadError('cli.not_found', `There is no run ${id}. “fairlead runs” lists those there are.`);
  const style = styleFor(context.stdout, context.environment);
  context.stdout.write(flag('json') ? `${toJsonText(history)}\n` : toTimeline(history, style));
  return EXIT_CODES.done;
}

async function find(journal: Journal, id: string, tenant: string | undefined): Promise<History | undefined> {
  if (tenant !== undefined) return journal.read(tenant, id);
  // Ids sort as text, so what comes just before a slightly longer one is the run itself, whichever tenant has it.
  const [candidate] = await journal.list({ before: `${id}~`, limit: 1 });
  return candidate?.id === id ? journal.read(candidate.tenant, id) : undefined;
}

function toTimeline({ record, entries }: History, style: Style): string {
  const { definition, lane } = record;
  const facts: readonly (readonly [string, string])[] = [
    ['run', record.id],
    ['workflow', `${definition.namespace}/${definition.name} ${definition.version}`],
    ['tenant', record.tenant],
    ...(lane ? [['lane', lane.name] as const] : []),
    ['created', timestamp(record.createdAt)],
    ['status', record.status],
    ...(record.claims > 1 ? [['claims', `${record.claims} (it was taken up again)`] as const] : []),
  ];
  const lines = facts.map(([name, value]) => `${style.dim(name.padEnd(9))} ${plain(value)}`);
  const begin = record.startedAt ?? record.createdAt;
  const offsets = entries.map((entry) => `+${duration(entry.at - begin)}`);
  const width = Math.max(0, ...offsets.map((offset) => offset.length));
  lines.push('');
  entries.forEach((entry, index) => {
    const offset = (offsets[index] as string).padStart(width);
    lines.push(
      `${style.dim(offset)}  ${plain(entry.kind)} ${style.accent(plain(entry.position))}  ${style.dim(brief(entry.body))}`,
    );
  });
  if (record.endedAt !== undefined) {
    const word = record.status === 'completed' ? style.good(record.status) : style.bad(record.status);
    lines.push(`${style.dim(`+${duration(record.endedAt - begin)}`.padStart(width))}  ${word}`);
  } else if (record.dueAt !== undefined) {
    lines.push(`${' '.repeat(width)}  waits until ${timestamp(record.dueAt)}`);
  }
  if (record.fault !== undefined) lines.push('', style.bad(toJsonText(record.fault, 2)));
  return `${lines.join('\n')}\n`;
}

function brief(body: unknown): string {
  const text = plain(toJsonText(body));
  return text.length > LONGEST_BODY ? `${text.slice(0, LONGEST_BODY - 1)}…` : text;
}
