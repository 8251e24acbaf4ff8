import type { Absence, Holiday } from './availability.ts';

/** What is known about a pull request, as plain data: all that a rule may look at. Nothing in here is trusted text. */
export interface Facts {
  /** GitHub's id of the repository; with `number`, the seed of every stable choice. */
  readonly repositoryId: number;
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly author: string;
  /** What the author is to the repository, in GitHub's words: `OWNER`, `MEMBER`, `FIRST_TIME_CONTRIBUTOR`, … */
  readonly association: string;
  readonly draft: boolean;
  /** True when it comes from another repository, or from one that is gone. */
  readonly fork: boolean;
  /** Name of the branch it wants to go into, and of the one it comes from. */
  readonly base: string;
  readonly head: string;
  readonly labels: readonly string[];
  /** Title of its milestone; absent when it has none. */
  readonly milestone?: string | undefined;
  /** When it was opened, and when these facts were read: epoch milliseconds. */
  readonly createdAt: number;
  readonly readAt: number;
  /** Logins of the people, and slugs of the teams, that are asked for a review right now. */
  readonly reviewers: readonly string[];
  readonly teams: readonly string[];
  readonly files: readonly ChangedFile[];
  /** True when there are more files than GitHub tells (3,000): what is not seen may still match. */
  readonly truncated: boolean;
  /** Messages of its commits. Read, as what follows, only where a rule needs it; absent is unknown. */
  readonly commits?: readonly string[] | undefined;
  /** Of the teams that rules name, those that the author is in. */
  readonly authorTeams?: readonly string[] | undefined;
  /** What the checks of its head have come to. */
  readonly ci?: CiState | undefined;
  /** The repository's `.gitattributes` on the base branch; empty when it has none. */
  readonly gitAttributes?: string | undefined;
  /** Of whom a review is asked on how many open pull requests of the repository, this one left out. */
  readonly openReviews?: readonly { readonly login: string; readonly count: number }[] | undefined;
  /** When we last asked whom in this repository, epoch milliseconds. */
  readonly lastAsked?: readonly { readonly login: string; readonly at: number }[] | undefined;
  /** Login of the account that owns the repository. */
  readonly owner?: string | undefined;
  /** Who is in the teams that rules ask for by their members; a team that is not in it could not be read. */
  readonly members?: readonly { readonly team: string; readonly logins: readonly string[] }[] | undefined;
  /** Who has reviewed it, and whether as it stands now. */
  readonly reviewed?: readonly { readonly login: string; readonly current: boolean }[] | undefined;
  /** How many of the last commits on the changed files are whose. */
  readonly expertise?: readonly { readonly login: string; readonly commits: number }[] | undefined;
  /** Absences told otherwise than in the configuration. */
  readonly absences?: readonly Absence[] | undefined;
  /** Logins of who is assigned. */
  readonly assignees?: readonly string[] | undefined;
  /** Whether it is to be merged by itself, whoever said so. */
  readonly isAutomerging?: boolean | undefined;
  /** Logins of the people whom CODEOWNERS names for the changed files. */
  readonly codeOwners?: readonly string[] | undefined;
  /** Whose status on GitHub says that they are busy. */
  readonly busy?: readonly string[] | undefined;
  /** Days on which nobody works. */
  readonly holidays?: readonly Holiday[] | undefined;
}

export const CI_STATES = ['green', 'failing', 'pending'] as const;
export type CiState = (typeof CI_STATES)[number];

export interface ChangedFile {
  readonly path: string;
  readonly status: 'added' | 'removed' | 'modified' | 'renamed' | 'copied' | 'changed' | 'unchanged';
  /** Where a renamed file was before. */
  readonly previousPath?: string | undefined;
  /** Lines added and removed. */
  readonly lines?: number | undefined;
  /** Its part of the unified diff. */
  readonly diff?: string | undefined;
}

/** What the bot did before on this pull request, and what a person undid. */
export interface PastAct {
  readonly kind:
    | 'label'
    | 'reviewer'
    | 'team'
    | 'assignee'
    | 'milestone'
    | 'comment'
    | 'automerge'
    | 'check'
    | 'absence'
    | 'postponement';
  readonly name: string;
  readonly state: 'ours' | 'refused';
  /** Who did it, in words for a person: `removed by octocat`. */
  readonly reason?: string | undefined;
  /** Epoch milliseconds. */
  readonly at?: number | undefined;
  /** Digest of the rule as it was then: a person's word is about that rule, and holds until it changes. */
  readonly rule?: string | undefined;
  readonly reference?: string | undefined;
}
