import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from '../../src/cli/parse.ts';

const ROOT = join(import.meta.dirname, '../..');
const PAGES = globSync('{*.md,docs/*.md,docs/decisions/*.md}', { cwd: ROOT }).sort();
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

/** A check run’s name that looks like one. */
const CHECK_RUN = 'configuration';

/** In a span of code, or on a line of its own, where two blanks or a # begin a remark and commas part several. */
const SPAN = /`(?:[A-Z_]+=\S+ )?(?:npx )?fairlead\s([^`]+)`/g;
const LINE = /^ {4}(?:[A-Z_]+=\S+ )?(?:npx )?fairlead (.+)$/gm;
const SCRIPT = /\bnpm run ([\w:-]+)/g;

/** The command lines of a page, without `fairlead`. */
function commandsIn(text: string): readonly (readonly string[])[] {
  const spans = [...text.matchAll(SPAN)].map(([, words]) => words as string);
  const lines = [...text.matchAll(LINE)].map(([, words]) => (words as string).split(/ {2,}| #/, 1)[0] as string);
  return [...spans, ...lines.flatMap((line) => line.split(', '))]
    .filter((words) => words !== CHECK_RUN)
    .map((words) => words.trim().split(/\s+/));
}

/** What the command line itself says of it; that an argument is left out is a page's good right. */
function complaint(words: readonly string[]): string | undefined {
  try {
    parse(words);
    return undefined;
  } catch (error) {
    const { message } = error as Error;
    return / needs <|takes a second word/.test(message) ? undefined : message;
  }
}

it('every command line of a page is one', () => {
  const commands = PAGES.flatMap((page) => commandsIn(read(page)).map((words) => [page, words] as const));
  expect(commands.length).toBeGreaterThan(20);
  expect(commands.map(([page, words]) => [page, complaint(words)]).filter(([, said]) => said !== undefined)).toEqual(
    [],
  );
});

it.each([
  ['a mistyped command', '`npx fairlead vaildate x`', 'There is no command “vaildate”.'],
  ['an option of another command', '    npx fairlead start --json    runs it', '“start” has no option --json.'],
  ['an option without its value', 'so `fairlead runs\n--limit` does', '--limit needs a value'],
  [
    'the second of several',
    '    FAIRLEAD_STORE=x fairlead init, runs shwo 1   tells',
    'There is no command “runs shwo”.',
  ],
])('%s is none', (_, text, message) => {
  expect(commandsIn(text).map(complaint)).toContainEqual(expect.stringContaining(message));
});

it('every npm script of a page is one', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Readonly<Record<string, string>> };
  const named = PAGES.flatMap((page) => [...read(page).matchAll(SCRIPT)].map(([, name]) => [page, name as string]));
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter(([, name]) => !Object.hasOwn(scripts, name as string))).toEqual([]);
});
