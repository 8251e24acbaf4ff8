/**
 * `.github/auto_assign.yml` of auto-assign (https://github.com/kentaro-m/auto-assign): people in one list or in groups, a
 * number of each.
 */
import { parse } from 'yaml';
import type { Condition } from '../condition-schema.ts';
import { type AssignWritten, type Imported, isMapping, type ReviewerWritten, toList, toLogins } from './imported.ts';

/** @throws Error where the text is not YAML. */
export function fromAutoAssign(text: string): Imported {
  const given: unknown = parse(text, { maxAliasCount: 100, uniqueKeys: false });
  const notes = new Set<string>();
  const note = (message: string) => notes.add(message);
  if (!isMapping(given)) return { labels: [], reviewers: [], notes: [] };
  const assigning = toAssign(given, note);
  const assign = assigning.length === 0 ? {} : { assign: assigning };
  if (given.runOnDraft === true) note('Fairlead asks nobody for a draft; it does when the pull request is ready.');
  if (given.addReviewers !== true) return { labels: [], reviewers: [], ...assign, notes: [...notes] };
  const groups =
    given.useReviewGroups === true && isMapping(given.reviewGroups)
      ? Object.values(given.reviewGroups)
      : [given.reviewers];
  const count = Number(given.numberOfReviewers ?? 0);
  const condition = toCondition(given);
  const reviewers = groups.flatMap((group): readonly ReviewerWritten[] => {
    const people = [...toLogins(toList(group), note)];
    if (people.length === 0) return [];
    return [{ ...condition, people, ...(count > 0 ? { count: Math.min(count, 15) } : {}) }];
  });
  note('auto-assign chooses anew at every event that it runs on; Fairlead keeps its choice.');
  return { labels: [], reviewers, ...assign, notes: [...notes] };
}

const MOST_ASSIGNEES = 10;

/** Of groups, each gives its number; without people of their own, the reviewers are those who are assigned. */
function toAssign(given: Readonly<Record<string, unknown>>, note: (message: string) => void): readonly AssignWritten[] {
  const { addAssignees, assignees, reviewers, useAssigneeGroups, assigneeGroups } = given;
  const condition = toCondition(given);
  if (addAssignees === 'author') return [{ ...condition, to: 'author' }];
  if (addAssignees !== true) return [];
  note('auto-assign never assigns the author; Fairlead does where they are in the list.');
  const count = Number(given.numberOfAssignees ?? given.numberOfReviewers ?? 0);
  const groups =
    useAssigneeGroups === true && isMapping(assigneeGroups)
      ? Object.values(assigneeGroups)
      : [toList(assignees).length > 0 ? assignees : reviewers];
  return groups.flatMap((group): readonly AssignWritten[] => {
    const people = [...toLogins(toList(group), note)];
    if (people.length === 0) return [];
    return [{ ...condition, people, ...(count > 0 ? { count: Math.min(count, MOST_ASSIGNEES) } : {}) }];
  });
}

function toCondition({ skipKeywords, filterLabels }: Readonly<Record<string, unknown>>): Condition {
  const words = toList(skipKeywords).map((word) => `(?i)${literally(String(word))}`);
  const { include, exclude } = isMapping(filterLabels) ? filterLabels : {};
  const without = [
    ...(words.length > 0 ? [{ title: words }] : []),
    ...(toList(exclude).length > 0 ? [{ labels: toList(exclude).map(String) }] : []),
  ];
  return {
    draft: false,
    ...(toList(include).length > 0 ? { labels: toList(include).map(String) } : {}),
    ...(without.length > 0 ? { not: { any: without } } : {}),
  };
}

function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
