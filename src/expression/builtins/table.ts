/** All builtins. A name that is not found, or that is closed on purpose, is answered with what is wrong with it. */
import { arrays } from './arrays.ts';
import { type Builtin, byValue, type Family } from './builtin.ts';
import { dates } from './dates.ts';
import { host } from './host.ts';
import { iteration } from './iteration.ts';
import { math } from './math.ts';
import { objects } from './objects.ts';
import { paths } from './paths.ts';
import { regex } from './regex.ts';
import { selection } from './selection.ts';
import { sql } from './sql.ts';
import { streams } from './streams.ts';
import { strings } from './strings.ts';
import { values } from './values.ts';

const FAMILIES: readonly Family[] = [
  values,
  selection,
  arrays,
  objects,
  iteration,
  paths,
  streams,
  strings,
  regex,
  math,
  dates,
  sql,
  host,
];

const CLOSED: Readonly<Record<string, string>> = {
  'input/0': 'input is closed: an expression has one input, "."',
  'inputs/0': 'inputs is closed: an expression has one input, "."',
  'modulemeta/0': 'modulemeta is closed: there are no modules',
  'get_search_list/0': 'get_search_list is closed: there are no modules',
  'get_jq_origin/0': 'get_jq_origin is closed: an expression has no file',
  'get_prog_origin/0': 'get_prog_origin is closed: an expression has no file',
};

const BUILTINS = new Map<string, Builtin>(FAMILIES.flatMap((family) => Object.entries(family)));
BUILTINS.set(
  'builtins/0',
  byValue(() => [...BUILTINS.keys()].filter((name) => !name.startsWith('_'))),
);

/** The builtin, or what to tell its caller. */
export function findBuiltin(name: string, arity: number): Builtin | string {
  const key = `${name}/${arity}`;
  return BUILTINS.get(key) ?? CLOSED[key] ?? unknown(name, key);
}

function unknown(name: string, key: string): string {
  const arities = [...BUILTINS.keys()].filter((other) => other.startsWith(`${name}/`));
  return arities.length === 0 ? `${key} is not defined` : `${key} is not defined, ${arities.join(' and ')} would be`;
}
