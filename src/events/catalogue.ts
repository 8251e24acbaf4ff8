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
  would: z
    .strictObject({
      labels: z.strictObject({ add: z.array(reasoned), remove: z.array(reasoned) }),
      request: z.array(reasoned),
      acts: z.array(reasoned).optional().describe('Beside labels and reviews.'),
    })
    .optional()
    .describe('Of a dry run: what would have been done. Nothing was.'),
  checkRunUrl: z.url().nullable(),
  durationMs: z.number().nonnegative().describe('From the acceptance of the webhook to this event, milliseconds.'),
});

export type VerifiedData = z.output<typeof verifiedData>;

/** Type of the event that says a pull request has been handled in full. */
export const VERIFIED = 'dev.fairlead.pull_request.verified.v1';

/**
 * Data of {@link EVALUATION_REQUESTED}: GitHub’s `pull_request` payload as far as `workflows/pull-request.yaml` reads it,
 * with GitHub’s own pull request. It names no `sender`: the bot’s own events start nothing, and this one is meant to.
 * `source` is the repository's URL, `subject` the pull request's number.
 */
export const evaluationRequestedData = z.strictObject({
  action: z.literal('evaluation_requested'),
  reason: z.string().describe('Who or what asked for it, in words for a person.'),
  number: z.int().positive(),
  pull_request: z
    .looseObject({
      number: z.int().positive(),
      updated_at: z.string().describe('Its place in the lane of the pull request.'),
      base: z.looseObject({ ref: z.string() }),
      head: z.looseObject({ sha: z.string() }),
    })
    .describe('As GitHub answers it; what is missing is read when it is needed.'),
  repository: z.looseObject({ id: z.int(), full_name: z.string(), html_url: z.url() }),
  installation: z.looseObject({ id: z.int() }).optional(),
});

export type EvaluationRequestedData = z.output<typeof evaluationRequestedData>;

/** Type of the event that has a pull request evaluated anew, as if it had just been opened. Published from inside only. */
export const EVALUATION_REQUESTED = 'dev.fairlead.pull_request.evaluation_requested.v1';

/** Data of {@link REVIEW_POSTPONED}. It holds no `pull_request`, so that waiting for the time blocks no lane. */
export const reviewPostponedData = z.strictObject({
  repository: z.strictObject({ id: z.int(), fullName: z.string(), url: z.url() }),
  number: z.int().positive(),
  reviewer: z.string().describe('Login of whoever put the review off.'),
  hours: z.int().positive(),
  until: z.iso.datetime(),
});

/** Type of the event that says that a reviewer wants to be asked again later. */
export const REVIEW_POSTPONED = 'dev.fairlead.pull_request.review_postponed.v1';

/**
 * Type of the event that says reviewers have not answered in time. Its data has the form of {@link VERIFIED}'s: `reviewers.kept`
 * are those reviewers, and `problems` says so of each.
 */
export const OVERDUE = 'dev.fairlead.review.overdue.v1';

/** Every event type that Fairlead itself publishes, with the schema of its data. */
export const CATALOGUE = {
  [VERIFIED]: {
    summary: 'A pull request has been labelled, its reviewers asked, and all of it is on GitHub.',
    data: verifiedData,
  },
  [EVALUATION_REQUESTED]: {
    summary: 'A pull request is to be evaluated anew, by a command or a backfill.',
    data: evaluationRequestedData,
  },
  [REVIEW_POSTPONED]: {
    summary: 'A reviewer has put a review off and is to be asked again later.',
    data: reviewPostponedData,
  },
  [OVERDUE]: {
    summary: 'Reviewers of a pull request have not answered in time.',
    data: verifiedData,
  },
} as const;

export type CatalogueType = keyof typeof CATALOGUE;
