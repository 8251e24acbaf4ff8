/**
 * What was read of other tools' files, as the rules of a repository that has none of its own: what `fairlead init` would
 * write down. A rule that Fairlead cannot use, or a file whose rules are too many beside the others', is left out and told.
 */
import { findConditionProblems } from '../condition-problem.ts';
import { configurationSchema } from '../configuration.ts';
import type { Finding } from '../finding.ts';
import type { FileProblem } from '../read-yaml.ts';
import type { Source } from './compose.ts';
import type { Imported } from './imported.ts';

export interface Adopted {
  /** As it would stand in a file: a value that the schema accepts. */
  readonly written: Readonly<Record<string, unknown>>;
  /** Differences between the tool and Fairlead, each with the file it is about. */
  readonly notes: readonly string[];
  readonly problems: readonly FileProblem[];
}

type Rules = Pick<Imported, 'labels' | 'reviewers' | 'assign' | 'cap'>;

export function adoptSources(sources: readonly Source[]): Adopted {
  const problems: FileProblem[] = [];
  let adopted: Rules = { labels: [], reviewers: [] };
  for (const { name, imported } of sources) {
    const tell = (what: string, why: string) =>
      problems.push({ file: name, line: 1, column: 1, where: '', message: `${what} is left out: ${why}` });
    const own = withoutUnusable(imported, tell);
    const joined: Rules = {
      labels: [...adopted.labels, ...own.labels],
      reviewers: [...adopted.reviewers, ...own.reviewers],
      ...(adopted.assign || own.assign ? { assign: [...(adopted.assign ?? []), ...(own.assign ?? [])] } : {}),
      cap: adopted.cap ?? own.cap,
    };
    const why = problemOf(joined);
    if (why === undefined) adopted = joined;
    else tell('the file', why);
  }
  const { cap, ...rules } = adopted;
  return {
    written: { ...rules, ...(cap === undefined ? {} : { cap }) },
    notes: sources.flatMap(({ name, imported }) => imported.notes.map((note) => `${name}: ${note}`)),
    problems,
  };
}

function withoutUnusable(imported: Imported, tell: (what: string, why: string) => void): Rules {
  const labels = imported.labels.filter((rule) => {
    const why = problemOf({ labels: [rule], reviewers: [] });
    if (why !== undefined) tell(`the label “${rule.label.slice(0, 50)}”`, why);
    return why === undefined;
  });
  const reviewers = imported.reviewers.filter((rule) => {
    const why = problemOf({ labels: [], reviewers: [rule] });
    const { people = [], teams = [] } = rule;
    if (why !== undefined) tell(`the rule that asks ${[...people, ...teams].slice(0, 3).join(', ')}`, why);
    return why === undefined;
  });
  const assign = imported.assign?.filter((rule) => {
    const why = problemOf({ labels: [], reviewers: [], assign: [rule] });
    if (why !== undefined) tell('a rule that assigns people', why);
    return why === undefined;
  });
  const isCap = imported.cap === undefined || problemOf({ labels: [], reviewers: [], cap: imported.cap }) === undefined;
  if (!isCap) tell('the limit of labels', 'it is no whole number');
  return { labels, reviewers, ...(assign === undefined ? {} : { assign }), cap: isCap ? imported.cap : undefined };
}

/** Why rules cannot stand in a configuration. */
function problemOf(rules: Rules): string | undefined {
  const parsed = configurationSchema.safeParse(rules);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return issue?.code === 'too_big' && issue.path.length === 1
      ? `there would be more than ${issue.maximum} rules`
      : issue?.message;
  }
  const [finding]: readonly Finding[] = findConditionProblems(parsed.data);
  return finding?.message;
}
