/** A condition as written → a test of a pull request that says why it holds. Compiled once per configuration. */
import { compile, type Json } from '../expression/compile.ts';
import { CONDITION_KEYS, type Condition, toMilliseconds } from './condition-schema.ts';
import { compileFileCondition } from './file-condition.ts';
import { compilePaths, isExclude } from './match.ts';
import { shorten } from './reason.ts';
import { compileRegex, isRegex } from './regex.ts';
import { allOf, anyOf, known, notOf, type Test, type Verdict } from './verdict.ts';
import type { View } from './view.ts';
import { compileNames } from './wildcard.ts';

/** Of one expression on one pull request. */
const JQ_BUDGET = { time: 20, steps: 1_000_000 } as const;

/** Where it cannot be known whether the whole holds, the view keeps which conditions cannot. */
export function compileCondition(condition: Condition): Test {
  const leaves: Leaf[] = [];
  const whole = compileAll(condition, leaves);
  return (view) => {
    const verdict = whole(view);
    if (verdict !== undefined) return verdict;
    for (const { key, test } of leaves) if (test(view) === undefined) view.unknown.add(key);
    return undefined;
  };
}

/** A condition that holds no others. */
interface Leaf {
  readonly key: keyof Condition;
  readonly test: Test;
}

function compileAll(condition: Condition, leaves: Leaf[]): Test {
  return allOf(CONDITION_KEYS.flatMap((key) => compileKey(key, condition, leaves)));
}

/** What in a condition is asked for, in few words. */
function describe(condition: Condition): string {
  return CONDITION_KEYS.filter((key) => condition[key] !== undefined).join(', ');
}

function compileKey(key: keyof Condition, condition: Condition, leaves: Leaf[]): readonly Test[] {
  const { [key]: given } = condition;
  if (given === undefined) return [];
  const { all, any, not } = condition;
  switch (key) {
    case 'all':
      return [allOf((all ?? []).map((one) => compileAll(one, leaves)))];
    case 'any':
      return [anyOf((any ?? []).map((one) => compileAll(one, leaves)))];
    case 'not':
      return not === undefined ? [] : [notOf(compileAll(not, leaves), `not ${describe(not)}`)];
    default: {
      const test = COMPILERS[key](given as never);
      leaves.push({ key, test });
      return [test];
    }
  }
}

type LeafKey = Exclude<keyof Condition, 'all' | 'any' | 'not'>;

const COMPILERS: { readonly [Key in LeafKey]-?: (given: NonNullable<Condition[Key]>) => Test } = {
  files: compileFileCondition,
  size: (sizes) => (view) => known(view.size, (size) => sizes.includes(size) && `size ${size}, ${view.lines} lines`),
  lines:
    ({ min = 0, max = Number.POSITIVE_INFINITY }) =>
    (view) =>
      known(view.lines, (lines) => lines >= min && lines <= max && `${lines} lines changed`),
  base: (patterns) => compileBranch('base', patterns),
  head: (patterns) => compileBranch('head', patterns),
  title: (sources) => compileText('title', sources, ({ facts }) => [facts.title]),
  body: (sources) => compileText('description', sources, ({ facts }) => [facts.body]),
  commits: (sources) => compileText('commit message', sources, ({ facts }) => facts.commits),
  diff: (sources) => compileText('changed line', sources, changedLines),
  author: (patterns) => compileName('author', patterns, ({ facts }) => facts.author),
  milestone: (patterns) => compileName('milestone', patterns, ({ facts }) => facts.milestone ?? ''),
  team: (slugs) => (view) =>
    known(view.facts.authorTeams, (teams) => {
      const slug = slugs.find((one) => teams.includes(one));
      return slug !== undefined && `the author is in the team ${slug}`;
    }),
  association:
    (wanted) =>
    ({ facts }) =>
      wanted.some((one) => one === facts.association) && `the author is ${facts.association}`,
  draft:
    (wanted) =>
    ({ facts }) =>
      facts.draft === wanted && (wanted ? 'it is a draft' : 'it is no draft'),
  fork:
    (wanted) =>
    ({ facts }) =>
      facts.fork === wanted && (wanted ? 'it comes from a fork' : 'it comes from this repository'),
  labels: (patterns) => {
    const match = compileNames(patterns);
    return ({ labels }) => {
      const found = [...labels.values()].find((name) => match(name) !== undefined);
      return found !== undefined && `it has the label ${found}`;
    };
  },
  age: ({ min, max }) => {
    const least = min === undefined ? 0 : toMilliseconds(min);
    const most = max === undefined ? Number.POSITIVE_INFINITY : toMilliseconds(max);
    return ({ facts: { readAt, createdAt } }) => {
      const age = Math.max(0, readAt - createdAt);
      return age >= least && age <= most && `it was opened ${Math.floor(age / 3_600_000)} hours ago`;
    };
  },
  ci: (states) => {
    const wanted = [states].flat();
    return ({ facts }) => known(facts.ci, (ci) => wanted.includes(ci) && `CI is ${ci}`);
  },
  jq: compileJq,
};

function compileBranch(side: 'base' | 'head', patterns: readonly string[]): Test {
  const regexes = patterns.filter(isRegex).map((pattern) => ({ pattern, found: compileRegex(pattern.slice(1, -1)) }));
  const match = compilePaths(patterns.filter((pattern) => !isRegex(pattern)));
  const excluded = compilePaths(['**', ...patterns.filter(isExclude)]);
  return ({ facts }) => {
    const name = facts[side];
    const regex = excluded(name) === undefined ? undefined : regexes.find(({ found }) => found(name));
    const pattern = match(name) ?? regex?.pattern;
    return pattern !== undefined && `the ${side} branch ${shorten(facts[side])} matches ${pattern}`;
  };
}

function compileText(
  noun: string,
  sources: string | readonly string[],
  textsOf: (view: View) => readonly string[] | undefined,
): Test {
  const regexes = [sources].flat().map((source) => ({ source, found: compileRegex(source) }));
  return (view) =>
    known(textsOf(view), (texts) => {
      for (const text of texts) {
        const regex = regexes.find(({ found }) => found(text));
        if (regex === undefined) continue;
        const [line = ''] = text.split('\n', 1);
        return `the ${noun} “${shorten(line)}” matches ${regex.source}`;
      }
      return false;
    });
}

function changedLines({ facts }: View): readonly string[] | undefined {
  if (facts.truncated || facts.files.some(({ diff }) => diff === undefined)) return undefined;
  return facts.files.flatMap(({ diff = '' }) =>
    diff.split('\n').flatMap((line) => (/^[+-]/.test(line) ? [line.slice(1)] : [])),
  );
}

function compileName(noun: string, patterns: readonly string[], nameOf: (view: View) => string): Test {
  const match = compileNames(patterns);
  return (view) => {
    const name = nameOf(view);
    return name !== '' && match(name) !== undefined && `the ${noun} is ${shorten(name)}`;
  };
}

function compileJq(source: string): Test {
  const program = compile(source);
  return (view): Verdict => {
    try {
      const value: Json | undefined = program.first(view.json, {}, JQ_BUDGET);
      return value !== undefined && value !== null && value !== false && `jq ${shorten(source)}`;
    } catch (error) {
      view.problems.push(`The jq expression ${shorten(source)} failed: ${(error as Error).message}`);
      return undefined;
    }
  };
}
