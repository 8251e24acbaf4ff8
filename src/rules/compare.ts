/** What two decisions on the same pull request differ in: by names, whatever the reasons. */

interface Change {
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

export type Difference = Readonly<Record<'labels' | 'reviewers', Change>>;

interface Named {
  readonly name: string;
}

/** The parts of a decision that are looked at. */
interface Wanted {
  readonly labels: { readonly add: readonly Named[] };
  readonly reviewers: { readonly request: readonly Named[] };
}

export function compareDecisions(before: Wanted, after: Wanted): Difference {
  return {
    labels: differ(before.labels.add, after.labels.add),
    reviewers: differ(before.reviewers.request, after.reviewers.request),
  };
}

export function isSame({ labels, reviewers }: Difference): boolean {
  return [labels, reviewers].every(({ added, removed }) => added.length + removed.length === 0);
}

function differ(before: readonly Named[], after: readonly Named[]): Change {
  return { added: without(after, before), removed: without(before, after) };
}

function without(list: readonly Named[], others: readonly Named[]): readonly string[] {
  const known = new Set(others.map(({ name }) => name.toLowerCase()));
  return list.map(({ name }) => name).filter((name) => !known.has(name.toLowerCase()));
}
