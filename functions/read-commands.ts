/**
 * A comment → what its commands come to: read, held against the configuration of the base branch, and allowed or refused. A
 * comment without a command asks GitHub nothing. With one it costs the pull request (1 call), the configuration (none where
 * it is remembered), the permission of whoever says it (1, where a command needs it) and teams (1 each that is named).
 */
import { z } from 'zod';
import { listCommands } from '../src/rules/commands/list-commands.ts';
import { parseCommands } from '../src/rules/commands/parse-commands.ts';
import { type CommandRules, DEFAULT_HOLD_LABEL, demandsOf, planCommands } from '../src/rules/commands/plan-commands.ts';
import { type Configuration, defaultConfiguration } from '../src/rules/configuration.ts';
import { defineFunction } from '../src/workflow/function.ts';
import { CONFIGURATION_PATH } from './configuration-reader.ts';
import type { FunctionContext } from './context.ts';
import { toRoute } from './pull-request.ts';
import { readSpeaker } from './read-speaker.ts';

const event = z
  .object({
    comment: z.object({
      id: z.int(),
      html_url: z.url(),
      body: z.string(),
      user: z.object({ login: z.string() }).nullable(),
      author_association: z.string().default('NONE'),
    }),
    issue: z.object({ number: z.int().positive() }),
    repository: z.object({ id: z.int(), full_name: z.string(), html_url: z.url() }),
  })
  .describe('Payload of GitHub’s webhook `issue_comment`, of a comment on a pull request.');

const names = z.array(z.string());
const change = z.object({ add: names, remove: names });

export const commandedPullRequest = z.object({
  repository: z.object({ id: z.int(), fullName: z.string(), url: z.url() }),
  number: z.int().positive(),
  author: z.object({ login: z.string() }),
  base: z.string(),
  head: z.object({ sha: z.string() }),
  updatedAt: z.string(),
  open: z.boolean(),
});

/** The commands that somebody may use here. */
export const commandList = z.array(z.object({ usage: z.string(), meaning: z.string(), who: names }));

const plan = z.object({
  labels: change,
  holdLabel: z.string().describe('The one label that may be new to the repository.'),
  assignees: change,
  reviewers: z.array(z.object({ kind: z.enum(['person', 'team']), name: z.string() })),
  away: z.object({ until: z.string().nullable(), today: z.string() }).nullable(),
  reviewLater: z.object({ hours: z.int() }).nullable(),
  why: z.boolean(),
  retry: z.boolean(),
  help: commandList.nullable(),
});

export const spokenComment = z.object({ id: z.int(), url: z.url(), login: z.string() });

export const readCommands = defineFunction({
  operationId: 'readCommands',
  summary: 'Reads the commands of a comment on a pull request, and says which of them whoever wrote it may use.',
  input: z.object({ event }),
  output: z.object({
    comment: spokenComment,
    pullRequest: commandedPullRequest.nullable(),
    plan: plan.nullable().describe('Null: there is nothing to be done and nothing to be said.'),
    problems: z.array(z.string()).describe('What is refused or not understood, in words for a person.'),
  }),
  handle: async ({ event: given }, context: FunctionContext) => {
    const { comment, issue, repository } = given;
    const login = comment.user?.login ?? 'ghost';
    const said = { id: comment.id, url: comment.html_url, login };
    const nothing = { comment: said, pullRequest: null, plan: null, problems: [] };
    const parsed = parseCommands(comment.body);
    // Somebody whose account is gone cannot be asked what they may do. A dry run does nothing that it could answer for.
    if (parsed.commands.length + parsed.problems.length === 0 || comment.user === null) return nothing;
    if (context.dryRun !== 'off') return nothing;

    const { owner, repo } = toRoute(repository.full_name);
    const { data } = await context.github.request('GET /repos/{owner}/{repo}/pulls/{pull_number}', {
      owner,
      repo,
      pull_number: issue.number,
      request: { signal: context.signal },
    });
    const author = data.user?.login ?? 'ghost';
    const pullRequest = {
      repository: { id: repository.id, fullName: repository.full_name, url: repository.html_url },
      number: issue.number,
      author: { login: author },
      base: data.base.ref,
      head: { sha: data.head.sha },
      updatedAt: data.updated_at,
      open: data.state === 'open',
    };
    const configuration = await readConfiguration(context, pullRequest);
    if (typeof configuration === 'string') return { ...nothing, pullRequest, problems: [configuration] };
    if (configuration.mode === 'dry-run') return nothing;

    const rules = toRules(configuration, context.now());
    const speaker = { login, isAuthor: isSame(login, author), association: comment.author_association };
    const known = await readSpeaker(context, { owner, repo }, speaker, demandsOf(parsed.commands, rules, speaker));
    const { refusals, away, reviewLater, help, ...planned } = planCommands(parsed, rules, known.speaker);
    const problems = [...known.problems, ...refusals];
    const isAsked = data.requested_reviewers?.some((reviewer) => isSame(reviewer.login, login)) ?? false;
    if (reviewLater !== null && !isAsked) problems.push('/review-later: nobody asks you for a review here right now');
    if (planned.retry && !pullRequest.open) problems.push('/retry: the pull request is closed');
    const { labels, assignees, reviewers } = planned;
    const done = {
      ...planned,
      retry: planned.retry && pullRequest.open,
      labels: { add: [...labels.add], remove: [...labels.remove] },
      holdLabel: rules.holdLabel,
      assignees: { add: [...assignees.add], remove: [...assignees.remove] },
      reviewers: [...reviewers],
      away: away && { ...away, today: rules.today },
      reviewLater: isAsked ? reviewLater : null,
      help: help ? listCommands(rules.policy).map(({ who, ...command }) => ({ ...command, who: [...who] })) : null,
    };
    // All of it is for nobody here: another bot may answer to it.
    if (problems.length === 0 && isEmpty(done)) return nothing;
    return { comment: said, pullRequest, plan: done, problems };
  },
});

/** A text says why there is none to go by. */
async function readConfiguration(
  context: FunctionContext,
  { repository, base }: z.output<typeof commandedPullRequest>,
): Promise<Configuration | string> {
  const found = await context.readConfiguration(context.github, { tenant: context.tenant, repository, base });
  switch (found.outcome) {
    case 'found':
      return found.configuration;
    case 'none':
      return defaultConfiguration();
    case 'unreadable':
      return `Nothing was done: ${CONFIGURATION_PATH} of the branch ${base} has errors, so that it is not known who may say what.`;
    case 'unavailable':
      return `Nothing was done: GitHub does not show ${CONFIGURATION_PATH} of the branch ${base}: ${found.reason}`;
  }
}

function toRules(configuration: Configuration, now: number): CommandRules {
  const { commands: policy, hold: holdLabel = DEFAULT_HOLD_LABEL, privileged = [], timezone = 'UTC' } = configuration;
  // Written in Canada as in ISO 8601.
  const today = new Intl.DateTimeFormat('en-CA', { timeZone: timezone }).format(now);
  return { policy, holdLabel, privileged, today };
}

function isEmpty({
  labels,
  assignees,
  reviewers,
  away,
  reviewLater,
  why,
  retry,
  help,
}: z.output<typeof plan>): boolean {
  const named = [labels.add, labels.remove, assignees.add, assignees.remove, reviewers];
  return (
    named.every((list) => list.length === 0) && away === null && reviewLater === null && !why && !retry && help === null
  );
}

function isSame(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
