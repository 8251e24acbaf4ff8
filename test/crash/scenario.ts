/**
 * A story that is told once without a fault and then with a death at each place: what GitHub and Slack show in the end must
 * be the same, every effect once. GitHub's echo goes nowhere; what it would send tells every effect there was.
 */
import type { Pull, Repository, WebhookPayload } from '../../src/demo/fake-github/world.ts';
import { type House, INSTALLATION, openWorld, post, type World, type WorldOptions } from '../support/house.ts';
import { live } from './life.ts';

export interface Scenario {
  readonly world: World;
  /** What GitHub tells the bot, under the id it keeps when it delivers again. */
  readonly payload: WebhookPayload;
  readonly guid: string;
  /** The webhook's event, where it is not `pull_request`. */
  readonly event?: string;
  /** Resolves when the story is over, where a run is left that waits for days. */
  readonly quiet?: (house: House) => Promise<void>;
}

export const RULES_WITHOUT_CHECK = `labels:
  - { label: documentation, files: ["**/*.md"] }
reviewers:
  - { files: ["**"], people: [octocat] }
check: false
`;

/** One life is some seconds later than another. */
const MINUTES = /\d{4}-\d\d-\d\d at \d\d:\d\d UTC/g;

/** A pull request that has just been opened. */
export async function opened(options: WorldOptions = {}): Promise<Scenario & { readonly pull: Pull }> {
  const world = await openWorld({ github: { echo: true }, ...options });
  const pull = world.pull();
  return { world, pull, payload: world.github.payload(world.repository, pull, 'opened'), guid: 'opened' };
}

/** The same pull request after a push that takes a label off, puts another on and edits the message. */
export function pushed({ world, pull }: Scenario & { readonly pull: Pull }): Scenario {
  world.github.push(pull, ['src/main.c']);
  return { world, payload: world.github.payload(world.repository, pull, 'synchronize'), guid: 'pushed' };
}

/** The pull request has been judged, by a house that is gone. */
export async function judged(options: WorldOptions = {}): Promise<Scenario & { readonly pull: Pull }> {
  const before = await opened(options);
  const { house } = await live(before.world);
  await post(house.webhookUrl, before);
  await house.quiet();
  await house.stop();
  return before;
}

/** What a person then says in a comment. */
export function commented({ world, pull }: Scenario & { readonly pull: Pull }, lines: readonly string[]): Scenario {
  const { payload } = world.github.comment(world.repository, pull, 'octocat', lines.join('\r\n'));
  return { world, payload, guid: 'commented', event: 'issue_comment' };
}

/** All that a person could see afterwards, and every effect in the order it had. Numbers that count requests are left out. */
export function outcome({ github, slack, repository }: World) {
  const [pull] = [...repository.pulls.values()] as [Pull];
  return {
    labels: pull.labels,
    colors: [...repository.labels.values()].map(({ name, color }) => `${name} ${color}`),
    reviewers: pull.reviewers.map(({ login }) => login),
    assignees: pull.assignees.map(({ login }) => login),
    comments: commentsOf(repository),
    checkRuns: repository.checkRuns.map(({ headSha, name, conclusion, output }) => ({
      headSha,
      name,
      conclusion,
      output: JSON.parse(JSON.stringify(output).replaceAll(MINUTES, 'then')),
    })),
    effects: github.world.deliveries
      .filter(({ redelivery }) => !redelivery)
      .map(({ event, payload }) => `${event}.${payload.action} ${subjectOf(payload)}`),
    messages: slack.messages.map(({ by, text, blocks, mentions }) =>
      JSON.parse(JSON.stringify({ by, text, blocks, mentions }).replaceAll(/\/runs\/\d+/g, '/runs/N')),
    ),
  };
}

/** What the bot remembers, but for when. */
export async function remembered({ guest }: House, { repository }: World) {
  const [pull] = [...repository.pulls.values()] as [Pull];
  const entries = await Promise.all(
    [`${repository.id}/${pull.number}`, 'absences'].map((subject) => guest.ledger.read(String(INSTALLATION), subject)),
  );
  return entries.flat().map(({ kind, name, state, reason }) => ({ kind, name, state, reason }));
}

/** Without the mark, which is another in every run. */
function commentsOf({ comments }: Repository) {
  return comments.map(({ author, body, reactions }) => ({
    author: author.login,
    body: body.replace(/^<!-- fairlead \S+ -->/, '').replaceAll(MINUTES, 'then'),
    reactions: reactions.map(({ content, user }) => `${content} ${user.login}`),
  }));
}

function subjectOf({ label, check_run, requested_reviewer, assignee, comment }: WebhookPayload): string {
  const named = (label ?? check_run) as { readonly name: string } | undefined;
  const person = (requested_reviewer ?? assignee) as { readonly login: string } | undefined;
  const said = comment as { readonly body: string } | undefined;
  return named?.name ?? person?.login ?? String(said?.body.split('\n')[1]);
}
