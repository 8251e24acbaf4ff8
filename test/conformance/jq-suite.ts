/**
 * Runs files in the format of jq's own tests: groups of a program, its input and its outputs, one a line; after `%%FAIL` a
 * program that must not compile. `npm run conformance -- jq [--json] [--file PATH]`.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { compile } from '../../src/expression/compile.ts';
import { fromJson } from '../../src/expression/from-json.ts';
import type { Json } from '../../src/expression/json.ts';
import { toJson } from '../../src/expression/to-json.ts';
import { KNOWN_DIFFERENCES } from './jq-differences.ts';

export const DATA = new URL('../../../shared/data/jq/', import.meta.url);

export interface JqCase {
  readonly program: string;
  readonly mustFail: boolean;
  readonly input: string;
  readonly outputs: readonly string[];
  readonly line: number;
}

/** Lines that are blank or begin with `#` separate groups. */
export function parseCases(text: string): JqCase[] {
  const lines = text.split('\n');
  const isSeparator = (line: string | undefined) => line === undefined || /^\s*(?:#|$)/.test(line);
  const cases: JqCase[] = [];
  for (let i = 0; i < lines.length; i += 1) {
    if (isSeparator(lines[i])) continue;
    const line = i + 1;
    const mustFail = (lines[i] as string).startsWith('%%FAIL');
    if (mustFail) i += 1;
    const program = lines[i] as string;
    const rest: string[] = [];
    while (!isSeparator(lines[i + 1])) {
      i += 1;
      rest.push(lines[i] as string);
    }
    const [input = 'null', ...outputs] = rest;
    cases.push(
      mustFail ? { program, mustFail, input: 'null', outputs: [], line } : { program, mustFail, input, outputs, line },
    );
  }
  return cases;
}

/** What went wrong, or `undefined`. Outputs are compared as values: `2` is `2.0`, and the order of keys is nothing. */
export function runCase({ program, mustFail, input, outputs }: JqCase): string | undefined {
  try {
    const compiled = compile(program);
    if (mustFail) return 'compiled, and must not';
    const actual: Json[] = [];
    let error: unknown;
    try {
      compiled.each(readValue(input), {}, (value) => actual.push(value), { time: 20_000, steps: 100_000_000 });
    } catch (caught) {
      error = caught;
    }
    const expected = outputs.map(readValue);
    if (error !== undefined && outputs.length > actual.length) return `failed: ${String(error)}`;
    const same =
      actual.length === expected.length &&
      actual.every((value, i) => canonical(value) === canonical(expected[i] as Json));
    return same ? undefined : `gave ${actual.map((value) => toJson(value)).join(' ')}`;
  } catch (error) {
    return mustFail ? undefined : `did not compile: ${String(error)}`;
  }
}

function readValue(text: string): Json {
  return fromJson(text.replace(/^\ufeff/, ''));
}

/** Text that is equal for equal values: keys sorted, and -0 as 0, which jq's own runner does not tell apart. */
function canonical(value: Json): string {
  const [normal] = compile(
    'walk(if type == "number" then . + 0 elif type == "object" then to_entries | sort_by(.key) | {"": .} else . end)',
  ).all(value, {}, { time: 20_000 });
  return toJson(normal ?? null).replaceAll('-0,', '0,');
}

export interface FileResult {
  readonly file: string;
  readonly total: number;
  readonly failures: readonly { readonly jqCase: JqCase; readonly problem: string }[];
}

export function runFile(file: string, text: string): FileResult {
  const cases = parseCases(text);
  const failures = cases.flatMap((jqCase) => {
    const problem = runCase(jqCase);
    return problem === undefined ? [] : [{ jqCase, problem }];
  });
  return { file, total: cases.length, failures };
}

/** jq's own files, by version; empty where the data is absent. */
export function suiteFiles(): { name: string; url: URL }[] {
  if (!existsSync(DATA)) return [];
  return readdirSync(DATA).flatMap((version) =>
    readdirSync(new URL(`${version}/`, DATA))
      .filter((file) => file.endsWith('.test'))
      .map((file) => ({ name: `${version}/${file}`, url: new URL(`${version}/${file}`, DATA) })),
  );
}

/** Exit code 1 when a case fails that `jq-differences.ts` does not name. */
export async function run(argv: readonly string[]): Promise<number> {
  const json = argv.includes('--json');
  const path = argv.includes('--file') ? argv[argv.indexOf('--file') + 1] : undefined;
  if (argv.includes('--file') && path === undefined) {
    process.stderr.write('--file needs a path\n');
    return 2;
  }
  const files = path === undefined ? suiteFiles() : [{ name: path, url: path }];
  if (files.length === 0) process.stderr.write(`no data in ${DATA.pathname}\n`);
  let unexpected = 0;
  for (const { name, url } of files) {
    const { total, failures } = runFile(name, readFileSync(url, 'utf8'));
    const passed = total - failures.length;
    const line = { suite: 'jq', file: name, passed, total };
    process.stdout.write(json ? `${JSON.stringify(line)}\n` : `${name.padEnd(24)} ${passed}/${total}\n`);
    for (const { jqCase, problem } of failures) {
      const known = KNOWN_DIFFERENCES[name]?.[jqCase.program];
      if (known === undefined) unexpected += 1;
      if (!json)
        process.stdout.write(
          `  ${known === undefined ? 'FAILED' : `known: ${known}`}: line ${jqCase.line}: ${jqCase.program}\n    ${problem.slice(0, 300)}\n`,
        );
    }
  }
  return unexpected > 0 ? 1 : 0;
}
