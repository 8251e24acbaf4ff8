import { EXIT_CODES, type Invocation } from './command.ts';
import { findRun, type History } from './find-run.ts';
import { plain, type Style, styleFor, toJsonText } from './terminal.ts';
import { duration, timestamp } from './time.ts';
import { withStore } from './with-store.ts';

const LONGEST_BODY = 160;

/** `fairlead runs show <id>`. */
export async function showRun({ context, arguments: [id], option, flag }: Invocation): Promise<number> {
  const history = await withStore(context, ({ journal }) => findRun(journal, id as string, option('tenant')));
  const style = styleFor(context.stdout, context.environment);
  context.stdout.write(flag('json') ? `${toJsonText(history)}\n` : toTimeline(history, style));
  return EXIT_CODES.done;
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
