/**
 * A story that is told once without a fault and then with a death at each place: what GitHub and Slack show in the end must
 * be the same, every effect once. GitHub's echo goes nowhere; what it would send tells every effect there was.
 */
import type { Pull, WebhookPayload } from '../../src/demo/fake-github/world.ts';
import { openWorld, type World, type WorldOptions } from '../support/house.ts';

export interface Scenario {
  readonly world: World;
  /** What GitHub tells the bot, under the id it keeps when it delivers again. */
  readonly payload: WebhookPayload;
  readonly guid: string;
}

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

/** All that a person could see afterwards, and every effect in the order it had. Numbers that count requests are left out. */
export function outcome({ github, slack, repository }: World) {
  const [pull] = [...repository.pulls.values()] as [Pull];
  return {
    labels: pull.labels,
    colors: [...repository.labels.values()].map(({ name, color }) => `${name} ${color}`),
    reviewers: pull.reviewers.map(({ login }) => login),
    checkRuns: repository.checkRuns.map(({ headSha, name, conclusion, output }) => ({
      headSha,
      name,
      conclusion,
      output,
    })),
    effects: github.world.deliveries
      .filter(({ redelivery }) => !redelivery)
      .map(({ event, payload }) => `${event}.${payload.action} ${subjectOf(payload)}`),
    messages: slack.messages.map(({ by, text, blocks, mentions }) =>
      JSON.parse(JSON.stringify({ by, text, blocks, mentions }).replaceAll(/\/runs\/\d+/g, '/runs/N')),
    ),
  };
}

function subjectOf({ label, requested_reviewer: reviewer, check_run: check }: WebhookPayload): string {
  const named = (label ?? check) as { readonly name: string } | undefined;
  return named?.name ?? (reviewer as { readonly login: string }).login;
}
