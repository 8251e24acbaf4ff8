import type { Command } from './command.ts';
import { COMMANDS, DEFAULTS, inGroup } from './commands.ts';
import type { Style } from './terminal.ts';

export const EXIT_CODE_HELP =
  'Exit codes: 0 it is done; 1 it failed, or found problems; 2 the command line or the settings cannot be used.';

/** The help of `fairlead` itself. */
export function overview(style: Style): string {
  return [
    'An event-driven GitOps bot: pull requests labelled, reviewed, verified and announced.',
    '',
    `${style.bold('Usage:')} fairlead <command> [options]`,
    '',
    style.bold('Commands:'),
    ...commandLines(COMMANDS),
    '',
    'fairlead <command> --help says more. --version prints the version.',
    EXIT_CODE_HELP,
    '',
  ].join('\n');
}

/** The help of the commands that share their first word. */
export function groupHelp(group: string, style: Style): string {
  const alone = DEFAULTS[group];
  return [
    `${style.bold('Usage:')} fairlead ${group} <command> [options]`,
    '',
    style.bold('Commands:'),
    ...commandLines(inGroup(group)),
    '',
    ...(alone === undefined ? [] : [`fairlead ${group} alone is fairlead ${alone}.`]),
    `fairlead ${group} <command> --help says more.`,
    EXIT_CODE_HELP,
    '',
  ].join('\n');
}

/** A line for each command: how it is called, and what it does. */
export function commandLines(commands: readonly Command[]): readonly string[] {
  return columns(commands.map((command) => [usageOf(command), command.summary]));
}

/** The help of one command. */
export function helpOf(command: Command, style: Style): string {
  const rows = Object.entries(command.options).map(([name, { value, summary }]) => [
    value === undefined ? `--${name}` : `--${name} <${value}>`,
    summary,
  ]);
  return [
    command.summary,
    '',
    `${style.bold('Usage:')} fairlead ${usageOf(command)}${rows.length > 0 ? ' [options]' : ''}`,
    '',
    style.bold('Options:'),
    ...columns([...rows, ['--no-color', 'Plain text, as when NO_COLOR is set.'], ['-h, --help', 'This text.']]),
    ...(command.notes ? ['', ...command.notes] : []),
    '',
    EXIT_CODE_HELP,
    '',
  ].join('\n');
}

/** The command with its arguments: `runs show <id>`. */
export function usageOf(command: Command): string {
  return [command.name, ...command.arguments.map(bracket)].join(' ');
}

function bracket(name: string): string {
  if (name.endsWith('…')) return `<${name.slice(0, -1)}>…`;
  return name.endsWith('?') ? `[${name.slice(0, -1)}]` : `<${name}>`;
}

function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const width = Math.max(...rows.map(([left]) => left?.length ?? 0));
  return rows.map(([left, right]) => `  ${left?.padEnd(width)}  ${right}`);
}
