/**
 * What a pull request that changes the configuration would make of it: errors as annotations on their lines, and a table of what the
 * new rules would have done to past pull requests against the old ones. The head's file is read as data, within the limits of any
 * configuration, and nobody acts on it; one check run is all that is written.
 */
import { z } from 'zod';
import { compareDecisions, type Difference, isSame } from '../src/rules/compare.ts';
import { type Configuration, configurationSchema, defaultConfiguration } from '../src/rules/configuration.ts';
import { compileRules, decide } from '../src/rules/decide.ts';
import type { Facts } from '../src/rules/facts.ts';
import { needsOf } from '../src/rules/needs.ts';
import { defineFunction } from '../src/workflow/function.ts';
import {
  type Annotation,
  type CheckRun,
  isRefusedCheckRun,
  LONGEST_CHECK_TEXT,
  MOST_ANNOTATIONS,
  writeCheckRun,
} from './check-run.ts';
import { isOwnFile } from './configuration-file.ts';
import { CONFIGURATION_PATH, type FoundConfiguration, type PlacedProblem } from './configuration-reader.ts';
import type { FunctionContext } from './context.ts';
import { joinWithin, toCell, toCode } from './markdown.ts';
import { createPastDetails, lacksOldPaths } from './past-details.ts';
import { pullRequest, toRoute } from './pull-request.ts';
import { readDetails } from './read-details.ts';

const CHECK_NAME = 'fairlead configuration';
const LAST = 50;
const NOTHING_KNOWN = { action: 'opened', author: '', head: '', draft: false, files: [] };
const LONGEST_MESSAGE = 1_000;

interface Outcome {
  readonly number: number;
  readonly title: string;
  readonly difference: Difference;
  /** Keys of the conditions that could not be judged of it. */
  readonly leftAside: readonly string[];
}

export const checkConfiguration = defineFunction({
  operationId: 'checkConfiguration',
  summary:
    'Checks the configuration that a pull request brings, and compares it with that in force over past pull requests.',
  input: z.object({ pullRequest: pullRequest.pick({ repository: true, number: true, base: true, head: true }) }),
  output: z.object({
    outcome: z
      .enum(['found', 'none', 'unreadable', 'unavailable'])
      .describe('What became of the head’s configuration.'),
    compared: z.int().describe('Past pull requests that both were tried on.'),
    differing: z.int(),
    incomplete: z.int().describe('Of those compared, the ones of which not all that the rules look at is known.'),
    checkRunUrl: z.string().nullable(),
  }),
  handle: async ({ pullRequest: { repository, number, base, head } }, context: FunctionContext) => {
    const { tenant, github, readConfiguration } = context;
    const place = { tenant, repository: { id: repository.id, fullName: repository.fullName } };
    const [before, after] = [
      await readConfiguration(github, { ...place, base }),
      await readConfiguration(github, { ...place, base: head.sha, proposedFor: base }),
    ];
    const outcomes = await comparePast(context, { ...place, base, number }, before, after);
    const differing = outcomes?.filter(({ difference }) => !isSame(difference)) ?? [];
    const run = toCheckRun(after, { repository, before, outcomes });
    const told = {
      outcome: after.outcome,
      compared: outcomes?.length ?? 0,
      differing: differing.length,
      incomplete: outcomes?.filter(({ leftAside }) => leftAside.length > 0).length ?? 0,
    };
    if (!context.checkRuns) return { ...told, checkRunUrl: null };
    try {
      return { ...told, checkRunUrl: await writeCheckRun(context, { repository, head }, run) };
    } catch (error) {
      if (!isRefusedCheckRun(error)) throw error;
      return { ...told, checkRunUrl: null };
    }
  },
});

/** Undefined where one of the two cannot be used. */
async function comparePast(
  context: FunctionContext,
  place: {
    readonly tenant: string;
    readonly repository: { readonly id: number; readonly fullName: string };
    readonly base: string;
    readonly number: number;
  },
  ...found: readonly [FoundConfiguration, FoundConfiguration]
): Promise<readonly Outcome[] | undefined> {
  const [before, after] = found.map(toConfiguration);
  if (before === undefined || after === undefined) return undefined;
  const last = before.preview ?? LAST;
  if (last === 0) return [];
  const needs = [before, after].map(needsOf);
  const commits = needs.some((one) => one.commits);
  const { tenant, repository, base, number } = place;
  const past = await context.readPast(context.github, { tenant, repository, last, commits });
  // Members only of teams that the rules in force name: what anybody proposes must not show who is in a team.
  const wanted = {
    ...needsOf(configurationSchema.parse({})),
    gitAttributes: needs.some((one) => one.gitAttributes),
    members: needs[0]?.members ?? [],
  };
  const route = { ...toRoute(repository.fullName), pull_number: number };
  const { gitAttributes, members } = await readDetails(
    context,
    route,
    { ...NOTHING_KNOWN, repositoryId: repository.id, base },
    wanted,
  );
  const [old, fresh] = [compileRules(before), compileRules(after)];
  const [inForce = [], proposed = []] = needs.map(({ teams }) => teams);
  const readMore = createPastDetails(context, {
    fullName: repository.fullName,
    // As with members: who is in a team that only the proposal names is not for it to show.
    teams: proposed.every((team) => inForce.includes(team)) ? inForce : undefined,
    diff: needs.some((one) => one.diff),
  });
  const looksAtFiles = needs.some((one) => one.files);
  const judge = (facts: Facts) => {
    const decisions = [decide(facts, old, []), decide(facts, fresh, [])] as const;
    const unknown = new Set(decisions.flatMap((one) => one.unknown));
    if (looksAtFiles && lacksOldPaths(facts)) unknown.add('files');
    return { difference: compareDecisions(...decisions), unknown };
  };
  const outcomes: Outcome[] = [];
  for (const one of past) {
    const { number: nth, title } = one.facts;
    // The change of the rules itself is no example of what they are for.
    if (nth === number) continue;
    const facts = { ...one.facts, gitAttributes, members };
    const first = judge(facts);
    const more = first.unknown.size === 0 ? undefined : await readMore({ ...one, facts }, first.unknown);
    const { difference, unknown } = more === undefined ? first : judge(more);
    outcomes.push({ number: nth, title, difference, leftAside: [...unknown].sort() });
    // Hundreds of matchings must not keep the process from all else.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return outcomes;
}

function toConfiguration(found: FoundConfiguration): Configuration | undefined {
  if (found.outcome === 'found') return found.configuration;
  return found.outcome === 'none' ? defaultConfiguration() : undefined;
}

interface Compared {
  readonly repository: { readonly url: string };
  readonly before: FoundConfiguration;
  readonly outcomes: readonly Outcome[] | undefined;
}

function toCheckRun(after: FoundConfiguration, compared: Compared): CheckRun {
  switch (after.outcome) {
    case 'unreadable': {
      const { problems } = after;
      const files = new Set(problems.map(({ file = CONFIGURATION_PATH }) => file));
      const [place] = files.size === 1 ? [...files] : ['the configuration'];
      const title = `${problems.length} ${problems.length === 1 ? 'error' : 'errors'} in ${place}`;
      const hint = 'Merged as it is, nothing would be done on pull requests until it is mended.';
      const summary = joinWithin([hint, '', ...problems.map(toLine)], LONGEST_CHECK_TEXT);
      const annotations = toAnnotations(problems, 'failure');
      return { name: CHECK_NAME, conclusion: 'failure', output: { title, summary, annotations } };
    }
    case 'unavailable': {
      const output = { title: 'The new configuration cannot be read', summary: toCode(after.reason) };
      return { name: CHECK_NAME, conclusion: 'neutral', output };
    }
    case 'found':
      return withPassedOver(after.problems ?? [], toTable(after, compared));
    case 'none':
      return { name: CHECK_NAME, conclusion: 'success', output: toTable(after, compared) };
  }
}

/** What a lock above, or the reading of another tool's file, leaves out of the rules. */
function withPassedOver(problems: readonly PlacedProblem[], output: CheckRun['output']): CheckRun {
  if (problems.length === 0) return { name: CHECK_NAME, conclusion: 'success', output };
  const summary = joinWithin(
    [output.summary, '', 'Of what it says, this is passed over:', ...problems.map(toLine)],
    LONGEST_CHECK_TEXT,
  );
  const annotations = toAnnotations(problems, 'warning');
  return { name: CHECK_NAME, conclusion: 'neutral', output: { ...output, summary, annotations } };
}

function toTable(after: FoundConfiguration, { repository, before, outcomes }: Compared): CheckRun['output'] {
  const valid = after.outcome === 'none' ? 'Without the file the default rules hold.' : 'The configuration is valid.';
  if (outcomes === undefined) {
    const why = before.outcome === 'unreadable' ? 'has errors' : 'cannot be read';
    return { title: 'Valid', summary: `${valid} There is nothing to compare it with: that in force ${why}.` };
  }
  if (outcomes.length === 0) return { title: 'Valid', summary: `${valid} It was tried on no pull request.` };
  const differing = outcomes.filter(({ difference }) => !isSame(difference));
  const incomplete = outcomes.filter(({ leftAside }) => leftAside.length > 0);
  const title = `${differing.length} of the last ${outcomes.length} pull requests would have come out differently`;
  const how =
    'Each was judged as if it had just been opened, by the rules in force and by these, but by what CI has come to since. What ' +
    'people put on or took off counts for nothing.';
  const left =
    incomplete.length === 0
      ? ''
      : ` Of ${incomplete.length} not all is known that the rules look at: the last column names the conditions that were left aside.`;
  const summary = `${valid} ${title}.\n\n${how}${left} Nothing was written to any of them.`;
  // Those that differ come first, whatever is cut off.
  const told = [...new Set([...differing, ...incomplete])];
  if (told.length === 0) return { title, summary };
  const rows = told.map(({ number, title: of, difference: { labels, reviewers }, leftAside }) => {
    const link = `[#${number}](${repository.url}/pull/${number}) ${toCell(of)}`;
    const cells = [link, toCells(labels), toCells(reviewers), leftAside.map(toCode).join(', ')];
    return toRow(incomplete.length === 0 ? cells.slice(0, -1) : cells);
  });
  const heads = ['pull request', 'labels', 'reviewers', ...(incomplete.length === 0 ? [] : ['left aside'])];
  const text = joinWithin([toRow(heads), toRow(heads.map(() => '---')), ...rows], LONGEST_CHECK_TEXT);
  return { title, summary, text };
}

function toRow(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function toCells({ added, removed }: Difference['labels']): string {
  return [...added.map((name) => `+ ${toCell(name)}`), ...removed.map((name) => `− ${toCell(name)}`)].join('<br>');
}

function toLine({ file = CONFIGURATION_PATH, line, column, where, message }: PlacedProblem): string {
  const place = file === CONFIGURATION_PATH ? '' : `${toCode(file)}, `;
  return `- ${place}line ${line}, column ${column}: ${toCode(joined(where, message))}`;
}

/** Of this repository's own files; what is wrong in another repository is in the summary. */
function toAnnotations(
  problems: readonly PlacedProblem[],
  level: Annotation['annotation_level'],
): readonly Annotation[] {
  return problems
    .filter(({ file = CONFIGURATION_PATH }) => isOwnFile(file))
    .slice(0, MOST_ANNOTATIONS)
    .map(({ file = CONFIGURATION_PATH, line, column, where, message }) => ({
      path: file,
      start_line: line,
      end_line: line,
      start_column: column,
      end_column: column,
      annotation_level: level,
      ...(where === '' ? {} : { title: where.slice(0, 250) }),
      message: message.slice(0, LONGEST_MESSAGE),
    }));
}

function joined(where: string, message: string): string {
  return where === '' ? message : `${where}: ${message}`;
}
