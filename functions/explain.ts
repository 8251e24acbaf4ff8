/** What became of a pull request → the text of its check run. Every name and reason in it is untrusted. */

import type { Requirement } from '../src/rules/requirements.ts';
import { LONGEST_CHECK_TEXT } from './check-run.ts';
import { joinWithin, toCell, toCode } from './markdown.ts';

interface Reasoned {
  readonly name: string;
  readonly reason: string;
}

export interface Explained {
  readonly rules: 'found' | 'none' | 'unreadable' | 'unavailable';
  /** The files that the rules come from, where that is not the repository's own alone. */
  readonly sources?: readonly string[] | undefined;
  /** Where the reading of another tool's file differs from that tool. */
  readonly notes?: readonly string[] | undefined;
  readonly labels: {
    readonly added: readonly Reasoned[];
    readonly removed: readonly Reasoned[];
    readonly kept: readonly Reasoned[];
  };
  /** Labels that a rule asks for and that were left off. */
  readonly left: readonly Reasoned[];
  readonly reviewers: {
    readonly requested: readonly Reasoned[];
    readonly kept: readonly Reasoned[];
    readonly skipped: readonly Reasoned[];
  };
  /** Everybody considered for a review, rule by rule. */
  readonly table: readonly (Reasoned & {
    readonly rule: string;
    readonly verdict: 'request' | 'keep' | 'skip';
    readonly load?: number | undefined;
  })[];
  /** Beside labels and reviews. */
  readonly acts?: { readonly done: readonly Reasoned[]; readonly left: readonly Reasoned[] } | undefined;
  /** What is asked of the pull request. */
  readonly requirements?: readonly Requirement[] | undefined;
  readonly problems: readonly string[];
  /** In a dry run, what would be done. */
  readonly would?:
    | {
        readonly labels: { readonly add: readonly Reasoned[]; readonly remove: readonly Reasoned[] };
        readonly request: readonly Reasoned[];
        readonly acts?: readonly Reasoned[] | undefined;
      }
    | undefined;
}

const RULES = {
  found: 'By the rules in `.github/fairlead.yml` of the base branch.',
  none: 'By the default rules: the base branch has no `.github/fairlead.yml`, nor another tool’s file that is understood.',
  unreadable: 'Nothing was changed: the rules of the base branch have errors.',
  unavailable: 'Nothing was changed: GitHub does not show the rules of the base branch.',
} as const;

const DRY_RUN = '**A dry run**: this is what would be done; nothing but this check run is written.';

/** What is wrong with the rules is never a failure: that is not the pull request's fault. */
export function explain(explained: Explained): {
  readonly conclusion: 'success' | 'neutral' | 'failure';
  readonly title: string;
  readonly summary: string;
  readonly text: string;
} {
  const { labels, left, reviewers, acts, table, problems, would, requirements = [] } = explained;
  const sections = [
    ...(would === undefined
      ? []
      : [
          section('Labels that would be added', would.labels.add),
          section('Labels that would be removed', would.labels.remove),
          section('Who would be asked for a review', would.request),
          section('What would be done beside that', would.acts ?? []),
        ]),
    section('Labels added', labels.added),
    section('Labels removed', labels.removed),
    section('Labels kept', labels.kept),
    section('Labels left off', left),
    section('Asked for a review', reviewers.requested),
    section('Asked already', reviewers.kept),
    section('Not asked', reviewers.skipped),
    section('Done beside that', acts?.done ?? []),
    section('Left undone', acts?.left ?? []),
    tableOf(table),
  ].flat();
  const wrong = problems.map((problem) => `- ${toCode(problem)}`);
  return {
    conclusion: concludeFrom(explained),
    title: titleOf(explained),
    summary: joinWithin(
      [
        ...introduce(explained),
        ...(would === undefined ? [] : ['', DRY_RUN]),
        ...(wrong.length === 0 ? [] : ['', ...wrong]),
        ...listOf(requirements),
      ],
      LONGEST_CHECK_TEXT,
    ),
    text: joinWithin(
      sections.length === 0 ? ['Nothing in the rules concerns this pull request.'] : sections,
      LONGEST_CHECK_TEXT,
    ),
  };
}

/** A dry run fails nothing. */
function concludeFrom({ requirements = [], problems, would }: Explained): 'success' | 'neutral' | 'failure' {
  const missing = requirements.flatMap(({ state, otherwise }) => (state === 'missing' ? [otherwise] : []));
  if (missing.includes('failure')) return would === undefined ? 'failure' : 'neutral';
  const isUnsure = problems.length > 0 || requirements.some(({ state }) => state === 'unknown');
  return isUnsure || missing.includes('neutral') ? 'neutral' : 'success';
}

const STATES = { met: '✓', missing: '✗', unknown: '?' } as const;

function listOf(requirements: readonly Requirement[]): readonly string[] {
  if (requirements.length === 0) return [];
  const lines = requirements.flatMap(({ demand, state, reason, fix }) => [
    `- ${STATES[state]} ${toCode(demand)}: ${toCode(reason)}`,
    ...(fix === undefined ? [] : [`  - To put it right: ${toCode(fix)}`]),
  ]);
  return ['', '### Asked of this pull request', '', ...lines];
}

function introduce({ rules, sources = [], notes = [] }: Explained): readonly string[] {
  const [nearest, ...others] = sources;
  const from = others.length === 0 ? '' : `, which builds on ${others.map(toCode).join(' and ')}`;
  const first = nearest === undefined ? RULES[rules] : `By the rules in ${toCode(nearest)}${from}.`;
  if (notes.length === 0) return [first];
  return [
    first,
    '',
    'Read as it stands; what differs from the tool that the file was written for:',
    ...notes.map((note) => `- ${toCode(note)}`),
  ];
}

function titleOf({ rules, labels, reviewers, acts, problems, would, requirements = [] }: Explained): string {
  if (rules === 'unreadable') return 'The rules have errors';
  if (rules === 'unavailable') return 'The rules cannot be read';
  const lacking = requirements.filter(({ state }) => state === 'missing').length;
  const missing = counted(lacking, 'thing is missing', 'things are missing');
  if (would !== undefined) {
    const { add, remove } = would.labels;
    const parts = [
      missing,
      counted(add.length, 'label would be added', 'labels would be added'),
      counted(remove.length, 'label would be removed', 'labels would be removed'),
      counted(would.request.length, 'review would be requested', 'reviews would be requested'),
      counted(would.acts?.length ?? 0, 'other thing would be done', 'other things would be done'),
      counted(problems.length, 'problem', 'problems'),
    ].filter((part) => part !== undefined);
    return `Dry run: ${parts.length === 0 ? 'nothing to do' : parts.join(', ')}`;
  }
  const parts = [
    missing,
    counted(labels.added.length, 'label added', 'labels added'),
    counted(labels.removed.length, 'label removed', 'labels removed'),
    counted(reviewers.requested.length, 'review requested', 'reviews requested'),
    counted(acts?.done.length ?? 0, 'other thing done', 'other things done'),
    counted(problems.length, 'problem', 'problems'),
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? 'Nothing to do' : parts.join(', ');
}

function counted(count: number, one: string, many: string): string | undefined {
  return count === 0 ? undefined : `${count} ${count === 1 ? one : many}`;
}

function section(title: string, entries: readonly Reasoned[]): readonly string[] {
  if (entries.length === 0) return [];
  return [`### ${title}`, '', ...entries.map(({ name, reason }) => `- ${toCode(name)}: ${toCode(reason)}`), ''];
}

const VERDICTS = { request: 'chosen', keep: 'counts', skip: 'dropped' } as const;

/** Shown where there was something to choose. */
function tableOf(table: Explained['table']): readonly string[] {
  if (table.length < 2) return [];
  const rows = table.map(({ rule, name, load, verdict, reason }) =>
    [rule, name, load === undefined ? '–' : String(load), VERDICTS[verdict], reason].map(toCell).join(' | '),
  );
  return [
    '### Everybody considered',
    '',
    '| rule | who | open reviews | | why |',
    '| --- | --- | --- | --- | --- |',
    ...rows.map((row) => `| ${row} |`),
    '',
  ];
}
