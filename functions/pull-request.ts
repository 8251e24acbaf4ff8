/** How functions name a pull request to each other: as the verified event does, so that it can be built by adding to it. */
import { z } from 'zod';
import { verifiedData } from '../src/events/catalogue.ts';

export const pullRequest = z.object(
  verifiedData.pick({
    repository: true,
    number: true,
    title: true,
    url: true,
    author: true,
    draft: true,
    base: true,
    head: true,
    action: true,
  }).shape,
);

/** The part that is needed to act on it. */
export const pullRequestId = z.object({
  repository: z.object({ id: z.int(), fullName: z.string() }),
  number: z.int().positive(),
});

export type PullRequestId = z.output<typeof pullRequestId>;

export const reasoned = z.object({ name: z.string(), reason: z.string() });

/** A pull request as GitHub's routes name it. */
export interface PullRequestPlace {
  readonly owner: string;
  readonly repo: string;
  readonly pull_number: number;
}

/** `owner` and `repo` of a full name, as GitHub's routes want them. */
export function toRoute(fullName: string): { readonly owner: string; readonly repo: string } {
  const slash = fullName.indexOf('/');
  return { owner: fullName.slice(0, slash), repo: fullName.slice(slash + 1) };
}

/** The pull request's key in the ledger. */
export function subjectOf({ repository, number }: PullRequestId): string {
  return `${repository.id}/${number}`;
}
