/**
 * What the rules may know of a pull request. The webhook's payload tells nearly all of it; GitHub is asked for the files,
 * for the pull request itself only where the payload lacks a part (Knative's own GitHubSource drops some), and for more
 * only where a rule of the repository needs it.
 */
import { z } from 'zod';
import { FairleadError } from '../src/events/fairlead-error.ts';
import { defaultConfiguration } from '../src/rules/configuration.ts';
import { type Needs, needsOf } from '../src/rules/needs.ts';
import { defineFunction } from '../src/workflow/function.ts';
import { isConfigurationFile } from './configuration-file.ts';
import type { FunctionContext } from './context.ts';
import { detailFacts } from './facts/detail-facts.ts';
import { type PullRequestPlace, pullRequest, toRoute } from './pull-request.ts';
import { readDetails } from './read-details.ts';
import { rules } from './read-rules.ts';

const account = z.object({ login: z.string(), html_url: z.url() });

/** A request for a review names a person, or a team. */
const reviewer = z.object({ login: z.string().optional(), slug: z.string().optional() }).nullable();

export const payloadPullRequest = z.object({
  number: z.int().positive(),
  title: z.string(),
  body: z.string().nullable(),
  html_url: z.url(),
  user: account.nullable(),
  author_association: z.string(),
  draft: z.boolean(),
  created_at: z.string(),
  milestone: z.object({ title: z.string() }).nullable(),
  base: z.object({ ref: z.string() }),
  head: z.object({
    ref: z.string(),
    sha: z.string(),
    repo: z.object({ id: z.int() }).nullable().describe('Null when the fork is gone.'),
  }),
  labels: z.array(z.object({ name: z.string() })),
  requested_reviewers: z.array(reviewer),
  requested_teams: z.array(z.object({ slug: z.string() })),
  node_id: z.string().optional(),
  assignees: z.array(z.object({ login: z.string() })).optional(),
  auto_merge: z.looseObject({}).nullish(),
});

const event = z
  .object({
    action: z.string(),
    pull_request: payloadPullRequest
      .extend({ head: payloadPullRequest.shape.head.partial() })
      .partial()
      .required({ number: true }),
    repository: z.object({ id: z.int(), full_name: z.string(), html_url: z.url() }),
  })
  .describe('Payload of GitHub’s webhook `pull_request`.');

const file = z.object({
  path: z.string(),
  status: z.enum(['added', 'removed', 'modified', 'renamed', 'copied', 'changed', 'unchanged']).default('modified'),
  previousPath: z.string().optional().describe('Where a renamed file was before.'),
  lines: z.int().optional().describe('Added and removed; counted where a rule needs it.'),
  diff: z.string().optional().describe('Its part of the diff, where a rule needs it.'),
});

export const facts = z.object({
  pullRequest,
  body: z.string().default(''),
  association: z.string().default('NONE'),
  fork: z.boolean().default(false),
  milestone: z.string().optional(),
  createdAt: z.number().default(0).describe('Epoch milliseconds.'),
  readAt: z.number().default(0).describe('Epoch milliseconds.'),
  labels: z.array(z.string()),
  reviewers: z.array(z.string()).describe('Logins of the people asked for a review right now.'),
  teams: z.array(z.string()).describe('Slugs of the teams asked for a review right now.'),
  files: z.array(file),
  assignees: z.array(z.string()).optional().describe('Logins, where a rule needs them.'),
  isAutomerging: z.boolean().optional().describe('Whether it is to be merged by itself, where a rule needs it.'),
  node: z.string().optional().describe('Its id in GraphQL, where a rule needs it.'),
  configurationChanged: z.literal(true).optional().describe('Set where a file of the configuration is among them.'),
  truncated: z.boolean().describe('True when the pull request has more files than GitHub tells.'),
  ...detailFacts.shape,
  problems: z.array(z.string()).default([]).describe('What a rule needs and GitHub would not tell.'),
});

const PAGE_SIZE = 100;
/** Rules look no further into a description. */
const LONGEST_BODY = 10_000;
/** GitHub tells 3,000: https://docs.github.com/en/rest/pulls/pulls#list-pull-requests-files */
const MOST_PAGES = 30;
/** In characters, over all files: the journal keeps them. */
const MOST_DIFF = 64 * 1024;
/** GitHub's own stand-in for the author of what a deleted account left behind. */
export const GHOST = { login: 'ghost', html_url: 'https://github.com/ghost' };

type Read = z.output<typeof payloadPullRequest>;

export const readFacts = defineFunction({
  operationId: 'readFacts',
  summary: 'Reads what the rules may know of a pull request: itself, its labels, reviewers and changed files.',
  input: z.object({ event, rules: rules.optional().describe('Those it will be judged by: they say what to read.') }),
  output: facts,
  handle: async ({ event: { action, pull_request, repository }, rules: given }, context: FunctionContext) => {
    const place = { ...toRoute(repository.full_name), pull_number: pull_request.number };
    const needs = needsOf(given?.outcome === 'found' ? given.configuration : defaultConfiguration());
    const whole = payloadPullRequest.safeParse(pull_request);
    const isEnough = whole.success && (!needs.acts || (whole.data.node_id && whole.data.assignees));
    const read = isEnough ? whole.data : await readPullRequest(context, place);
    const author = read.user ?? GHOST;
    const files = await readFiles(context, place, needs);
    const known = {
      action,
      repositoryId: repository.id,
      author: author.login,
      base: read.base.ref,
      head: read.head.sha,
      draft: read.draft,
      files: files.files.map(({ status = 'modified', ...one }) => ({ status, ...one })),
    };
    const { problems, ...details } = await readDetails(context, place, known, needs);
    return {
      pullRequest: {
        repository: { id: repository.id, fullName: repository.full_name, url: repository.html_url },
        number: read.number,
        title: read.title,
        url: read.html_url,
        author: { login: author.login, url: author.html_url },
        draft: read.draft,
        base: read.base.ref,
        head: { ref: read.head.ref, sha: read.head.sha },
        action,
      },
      body: (read.body ?? '').slice(0, LONGEST_BODY),
      association: read.author_association,
      fork: read.head.repo?.id !== repository.id,
      ...(read.milestone === null ? {} : { milestone: read.milestone.title }),
      createdAt: Date.parse(read.created_at) || 0,
      readAt: context.now(),
      labels: read.labels.map(({ name }) => name),
      reviewers: read.requested_reviewers.flatMap((one) => (one?.login === undefined ? [] : [one.login])),
      teams: read.requested_teams.map(({ slug }) => slug),
      ...(needs.acts ? toActFacts(read) : {}),
      ...files,
      ...(details as z.output<typeof detailFacts>),
      problems,
      ...(changesConfiguration(files.files, given) ? { configurationChanged: true as const } : {}),
    };
  },
});

function toActFacts({ node_id: node, assignees = [], auto_merge }: Read) {
  return {
    assignees: assignees.map(({ login }) => login),
    isAutomerging: (auto_merge ?? null) !== null,
    ...(node === undefined ? {} : { node }),
  };
}

function changesConfiguration(
  files: readonly z.input<typeof file>[],
  given: z.output<typeof rules> | undefined,
): boolean {
  const sources = given?.outcome === 'none' ? [] : given?.outcome === 'found' ? given.sources : undefined;
  return files.some(
    ({ path, previousPath = path }) => isConfigurationFile(path, sources) || isConfigurationFile(previousPath, sources),
  );
}

async function readPullRequest(context: FunctionContext, place: PullRequestPlace): Promise<Read> {
  const route = 'GET /repos/{owner}/{repo}/pulls/{pull_number}';
  const { data } = await context.github.request(route, { ...place, request: { signal: context.signal } });
  const parsed = payloadPullRequest.safeParse({ ...data, draft: data.draft ?? false });
  if (parsed.success) return parsed.data;
  throw new FairleadError('github.unavailable', `GitHub’s answer lacks parts of the pull request: ${parsed.error}`, {
    retryable: false,
  });
}

/** Octokit's `paginate` is not used: it takes a 409 for an empty list, and knows no signal. */
export async function readFiles(
  { github, signal }: FunctionContext,
  place: PullRequestPlace,
  needs: Pick<Needs, 'diff' | 'lines'>,
  mostPages = MOST_PAGES,
) {
  const files: z.input<typeof file>[] = [];
  let diffLeft = MOST_DIFF;
  for (let page = 1; page <= mostPages; page += 1) {
    const { data, headers } = await github.request('GET /repos/{owner}/{repo}/pulls/{pull_number}/files', {
      ...place,
      per_page: PAGE_SIZE,
      page,
      request: { signal },
    });
    for (const { filename, status, previous_filename, additions, deletions, patch = '' } of data) {
      const isDiffRead = needs.diff && patch.length <= diffLeft;
      if (isDiffRead) diffLeft -= patch.length;
      files.push({
        path: filename,
        // The most frequent by far goes without saying: the list is kept in the journal.
        ...(status === 'modified' ? {} : { status }),
        ...(previous_filename === undefined ? {} : { previousPath: previous_filename }),
        ...(needs.lines ? { lines: additions + deletions } : {}),
        ...(isDiffRead ? { diff: patch } : {}),
      });
    }
    if (!headers.link?.includes('rel="next"')) return { files, truncated: files.length >= MOST_PAGES * PAGE_SIZE };
  }
  return { files, truncated: true };
}
