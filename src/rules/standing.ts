/** How each candidate stands to the pull request before any rule is asked: who has been asked, and who must not be. */
import type { Facts, PastAct } from './facts.ts';

export type Kind = 'person' | 'team';

export interface Standing {
  /** How many are asked right now. */
  readonly asked: number;
  /** Why somebody need not be asked: they have been, or have reviewed it. */
  served(kind: Kind, name: string): string | undefined;
  /** Why somebody must not be asked, whatever the rule. */
  objection(kind: Kind, name: string): string | undefined;
  /** Whether they are asked and have not answered in time: the next candidate may take their place. */
  isOverdue(kind: Kind, name: string): boolean;
  /** Whether they have reviewed only what was there before the last push, and are not asked anew. */
  isOutdated(login: string): boolean;
}

export function createStanding(facts: Facts, past: readonly PastAct[]): Standing {
  const asked = new Set([
    ...facts.reviewers.map((login) => keyOf('person', login)),
    ...facts.teams.map((slug) => keyOf('team', slug)),
  ]);
  const acts = new Map(
    past
      .filter(({ kind }) => kind === 'reviewer' || kind === 'team')
      .map((act) => [keyOf(act.kind === 'team' ? 'team' : 'person', act.name), act]),
  );
  const reviewed = new Map((facts.reviewed ?? []).map(({ login, current }) => [keyOf('person', login), current]));
  const author = keyOf('person', facts.author);

  return {
    asked: asked.size,
    served(kind, name) {
      const key = keyOf(kind, name);
      const act = acts.get(key);
      if (asked.has(key) && !isOverdue(act)) return 'is asked already';
      if (act?.state === 'refused' || key === author) return undefined;
      if (reviewed.has(key)) return 'has reviewed it';
      return act === undefined ? undefined : 'was asked before';
    },
    objection(kind, name) {
      const key = keyOf(kind, name);
      if (key === author) return 'is the author';
      if (name.toLowerCase().endsWith('[bot]')) return 'is a bot';
      const act = acts.get(key);
      if (act?.state === 'refused') return act.reason ?? 'a person took the request back';
      return facts.draft ? 'the pull request is a draft' : undefined;
    },
    isOverdue: (kind, name) => asked.has(keyOf(kind, name)) && isOverdue(acts.get(keyOf(kind, name))),
    isOutdated: (login) => {
      const key = keyOf('person', login);
      return reviewed.get(key) === false && !asked.has(key);
    },
  };
}

/** By which the ledger tells who did not answer from whom a person took the request back. */
export const OVERDUE_REFERENCE = 'overdue';

function isOverdue(act: PastAct | undefined): boolean {
  return act?.state === 'refused' && act.reference === OVERDUE_REFERENCE;
}

export function keyOf(kind: Kind, name: string): string {
  return `${kind}/${name.toLowerCase()}`;
}
