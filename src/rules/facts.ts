/** What is known about a pull request, as plain data: all that a rule may look at. Nothing in here is trusted text. */
export interface Facts {
  /** GitHub's id of the repository; with `number`, the seed of every stable choice. */
  readonly repositoryId: number;
  readonly number: number;
  readonly title: string;
  readonly author: string;
  readonly draft: boolean;
  /** Name of the branch it wants to go into, and of the one it comes from. */
  readonly base: string;
  readonly head: string;
  readonly labels: readonly string[];
  /** Logins of the people, and slugs of the teams, that are asked for a review right now. */
  readonly reviewers: readonly string[];
  readonly teams: readonly string[];
  readonly files: readonly ChangedFile[];
  /** True when there are more files than GitHub tells (3,000): what is not seen may still match. */
  readonly truncated: boolean;
}

export interface ChangedFile {
  readonly path: string;
  readonly status: 'added' | 'removed' | 'modified' | 'renamed' | 'copied' | 'changed' | 'unchanged';
  /** Where a renamed file was before. */
  readonly previousPath?: string | undefined;
}

/** What the bot did before on this pull request, and what a person undid. */
export interface PastAct {
  readonly kind: 'label' | 'reviewer' | 'team';
  readonly name: string;
  readonly state: 'ours' | 'refused';
}
