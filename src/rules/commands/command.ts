/** What can be said to the bot in a comment, as plain data. */
export const VERBS = [
  'label',
  'unlabel',
  'assign',
  'unassign',
  'cc',
  'hold',
  'unhold',
  'review-later',
  'away',
  'why',
  'retry',
  'help',
] as const;
export type Verb = (typeof VERBS)[number];

/** Somebody named: a login, or a team of an organization. */
export interface Named {
  readonly kind: 'person' | 'team';
  /** A login, or a team's slug. */
  readonly name: string;
}

interface Place {
  /** Line of the comment, from 1. */
  readonly line: number;
}

export type Command = Place &
  (
    | { readonly verb: 'label' | 'unlabel'; readonly labels: readonly string[] }
    /** Nobody named: whoever says it. */
    | { readonly verb: 'assign' | 'unassign'; readonly people: readonly string[] }
    | { readonly verb: 'cc'; readonly whom: readonly Named[] }
    | { readonly verb: 'review-later'; readonly hours: number }
    /** `YYYY-MM-DD`, the last day; null: back again. */
    | { readonly verb: 'away'; readonly until: string | null }
    | { readonly verb: 'hold' | 'unhold' | 'why' | 'retry' | 'help' }
  );

/** A line that was meant as a command and is none, in words for a person. Holds somebody else's text. */
export interface Misunderstanding extends Place {
  /** The command it was meant to be; absent where it is about the whole comment. */
  readonly verb?: Verb;
  readonly message: string;
}

export interface Usage {
  readonly usage: string;
  readonly meaning: string;
}

export const USAGES: Readonly<Record<Verb, Usage>> = {
  label: { usage: '/label NAME, NAME', meaning: 'puts labels on; they stay, whatever the rules say' },
  unlabel: { usage: '/unlabel NAME, NAME', meaning: 'takes labels off; no rule puts them back' },
  assign: { usage: '/assign @LOGIN', meaning: 'assigns somebody, without a name you' },
  unassign: { usage: '/unassign @LOGIN', meaning: 'takes the assignment back, without a name yours' },
  cc: { usage: '/cc @LOGIN @ORG/TEAM', meaning: 'asks somebody for a review' },
  hold: { usage: '/hold', meaning: 'puts the label on that says: do not merge' },
  unhold: { usage: '/unhold', meaning: 'takes it off again' },
  'review-later': {
    usage: '/review-later 3d',
    meaning: 'you are asked for your review again after that time, and not before',
  },
  away: {
    usage: '/away until 2026-12-03',
    meaning: 'you are not asked for reviews until after that day; /away off ends it',
  },
  why: { usage: '/why', meaning: 'explains the last decision' },
  retry: { usage: '/retry', meaning: 'has the rules judge the pull request again' },
  help: { usage: '/fairlead help', meaning: 'says this' },
};
