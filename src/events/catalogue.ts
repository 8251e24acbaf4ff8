import { z } from 'zod';

/** A label or a person with the reason the rules gave. */
const reasoned = z.strictObject({ name: z.string(), reason: z.string() });

const person = z.strictObject({ login: z.string(), url: z.url() });

/**
 * Data of {@link VERIFIED}: what became of a pull request, told once all of it is on GitHub. `source` is the repository's
 * URL, `subject` the pull request's number.
 */
export const verifiedData = z.strictObject({
  repository: z.strictObject({ id: z.int(), fullName: z.string(), url: z.url() }),
  number: z.int().positive(),
  title: z.string(),
  url: z.url(),
  author: person,
  draft: z.boolean(),
  base: z.string().describe('Name of the branch it wants to go into.'),
  head: z.strictObject({ ref: z.string(), sha: z.string() }),
  action: z.string().describe('The `action` of the webhook that started the run.'),
  labels: z.strictObject({
    added: z.array(reasoned),
    removed: z.array(reasoned),
    kept: z.array(reasoned).describe('Labels that the rules ask for and that were there already.'),
  }),
  reviewers: z.strictObject({
    requested: z.array(reasoned),
    kept: z.array(reasoned).describe('Asked already, or have reviewed already.'),
    skipped: z.array(reasoned).describe('Considered and not asked, with why not.'),
  }),
  problems: z.array(z.string()).describe('What did not work, in words for a person; empty when all did.'),
  checkRunUrl: z.url().nullable(),
  durationMs: z.number().nonnegative().describe('From the acceptance of the webhook to this event, milliseconds.'),
});

export type VerifiedData = z.output<typeof verifiedData>;

/** Type of the event that says a pull request has been handled in full. */
export const VERIFIED = 'dev.fairlead.pull_request.verified.v1';

/** Every event type that Fairlead itself publishes, with the schema of its data. */
export const CATALOGUE = {
  [VERIFIED]: {
    summary: 'A pull request has been labelled, its reviewers asked, and all of it is on GitHub.',
    data: verifiedData,
  },
} as const;

export type CatalogueType = keyof typeof CATALOGUE;
