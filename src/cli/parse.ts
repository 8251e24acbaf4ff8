import { parseArgs } from 'node:util';
import type { Command, CommandContext, Invocation } from './command.ts';
import { COMMANDS, DEFAULTS, inGroup } from './commands.ts';
import { commandLines } from './help.ts';
import { suggestion, usage } from './usage.ts';

/** What the words of a command line ask for. */
export type Request =
  | { readonly kind: 'overview' }
  | { readonly kind: 'version' }
  | { readonly kind: 'help'; readonly command: Command }
  | { readonly kind: 'group'; readonly group: string }
  | { readonly kind: 'run'; readonly command: Command; readonly invocation: Omit<Invocation, 'context'> };

/** Understands a command line, without the names of the program and its file. @throws FairleadError `cli.usage` */
export function parse(argv: readonly string[]): Request {
  const [first, second] = argv;
  if (first === undefined || first === '--help' || first === '-h') return { kind: 'overview' };
  if (first === '--version') return { kind: 'version' };
  if (first === 'help') return helpOn(argv.slice(1));
  if (isGroup(first) && (second === '--help' || second === '-h')) return { kind: 'group', group: first };
  const { command, used } = commandOf(first, second);
  const rest = argv.slice(used);
  const { values, positionals } = readWords(command, rest);
  if (values.help === true) return { kind: 'help', command };
  demandArguments(command, positionals);
  return { kind: 'run', command, invocation: toInvocation(command, values, positionals) };
}

export function bind(invocation: Omit<Invocation, 'context'>, context: CommandContext): Invocation {
  return { ...invocation, context };
}

function helpOn(words: readonly string[]): Request {
  const [first, second] = words;
  if (first === undefined || first.startsWith('-')) return { kind: 'overview' };
  if (isGroup(first) && (second === undefined || second.startsWith('-'))) return { kind: 'group', group: first };
  return { kind: 'help', command: commandOf(first, second).command };
}

function commandOf(first: string, second: string | undefined): { readonly command: Command; readonly used: number } {
  const named = (name: string) => COMMANDS.find((command) => command.name === name);
  const two = second === undefined ? undefined : named(`${first} ${second}`);
  if (two) return { command: two, used: 2 };
  const isGroupAlone = second === undefined || second.startsWith('-');
  const one = named(first) ?? (isGroupAlone ? named(DEFAULTS[first] ?? '') : undefined);
  if (one) return { command: one, used: 1 };
  if (isGroup(first) && isGroupAlone) {
    throw usage(`“${first}” takes a second word:\n${commandLines(inGroup(first)).join('\n')}`);
  }
  const [asked, help] = isGroup(first) ? [`${first} ${second}`, `${first} --help`] : [first, '--help'];
  const names = [...new Set(COMMANDS.flatMap(({ name }) => [name.split(' ', 1)[0] as string, name]))];
  throw usage(`There is no command “${asked}”.${suggestion(asked, names)} “fairlead ${help}” lists them all.`);
}

function isGroup(word: string): boolean {
  return inGroup(word).length > 0;
}

type Values = Readonly<Record<string, string | boolean | undefined>>;

function readWords(command: Command, words: readonly string[]): { values: Values; positionals: readonly string[] } {
  const options = Object.fromEntries(
    Object.entries(command.options).map(([name, { value }]) => [
      name,
      { type: value === undefined ? ('boolean' as const) : ('string' as const) },
    ]),
  );
  const { values, positionals, tokens } = parseArgs({
    args: [...words],
    options: { ...options, help: { type: 'boolean', short: 'h' } },
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const known = token.name === 'help' ? { summary: '' } : command.options[token.name];
    if (!known) {
      const names = [...Object.keys(command.options), 'help'].map((name) => `--${name}`);
      throw usage(
        `“${command.name}” has no option ${token.rawName}.${suggestion(token.rawName, names)} ${seeHelp(command)}`,
      );
    }
    if (known.value === undefined && token.value !== undefined) throw usage(`${token.rawName} takes no value.`);
    if (
      known.value !== undefined &&
      (token.value === undefined || (!token.inlineValue && token.value.startsWith('-')))
    ) {
      throw usage(`${token.rawName} needs a value: ${token.rawName} <${known.value}>.`);
    }
  }
  return { values: values as Values, positionals };
}

function demandArguments(command: Command, given: readonly string[]): void {
  const required = command.arguments.filter((name) => !name.endsWith('?'));
  const missing = required[given.length];
  if (missing !== undefined) {
    throw usage(`“${command.name}” needs <${missing.replace('…', '')}>. ${seeHelp(command)}`);
  }
  const repeats = command.arguments.some((name) => name.endsWith('…'));
  const surplus = given[command.arguments.length];
  if (!repeats && surplus !== undefined) {
    throw usage(`“${command.name}” does not know what to do with “${surplus}”. ${seeHelp(command)}`);
  }
}

function toInvocation(command: Command, values: Values, positionals: readonly string[]): Omit<Invocation, 'context'> {
  const option = (name: string) => {
    const value = values[name];
    return typeof value === 'string' ? value : undefined;
  };
  return {
    arguments: positionals,
    flag: (name) => values[name] === true,
    option,
    count: (name) => {
      const text = option(name);
      if (text === undefined) return undefined;
      if (!/^[1-9]\d{0,8}$/.test(text)) {
        throw usage(`--${name} is “${text}”; it takes a whole number above zero. ${seeHelp(command)}`);
      }
      return Number(text);
    },
  };
}

function seeHelp(command: Command): string {
  return `See “fairlead ${command.name} --help”.`;
}
