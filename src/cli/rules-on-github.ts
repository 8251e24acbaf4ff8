/** What rules make of a pull request on GitHub, read through the bot's own functions and without a write. */
import type { z } from 'zod';
import { decide } from '../../functions/decide.ts';
import { toRoute } from '../../functions/pull-request.ts';
import { readFacts } from '../../functions/read-facts.ts';
import { readRules, toRules } from '../../functions/read-rules.ts';
import type { ReadRepository } from '../house/reading-github.ts';
import type { Configuration } from '../rules/configuration.ts';

export type Rules = z.output<typeof readRules.output>;
export type Facts = z.output<typeof readFacts.output>;
export type Decision = z.output<typeof decide.output>;

/** `pull` is the pull request as GitHub's API shows it. */
type Pull = Parameters<typeof readFacts.handle>[0]['event']['pull_request'];

export async function readPull({ context, repository }: ReadRepository, pull_number: number): Promise<Pull> {
  const route = 'GET /repos/{owner}/{repo}/pulls/{pull_number}';
  const { data } = await context.github.request(route, { ...toRoute(repository.full_name), pull_number });
  return { ...data, draft: data.draft ?? false } as Pull;
}

/** The rules of the branch that it wants to go into. */
export async function readBaseRules(place: ReadRepository, pull: Pull): Promise<Rules> {
  return readRulesOf(place, pull.base?.ref ?? '');
}

export async function readRulesOf({ context, repository }: ReadRepository, base: string): Promise<Rules> {
  const { id, full_name: fullName } = repository;
  const rules = await readRules.handle({ repository: { id, fullName }, base }, context);
  return readRules.output.parse(rules);
}

/** The rules that would hold if this text were the repository's file: what it builds on is read from GitHub. */
export async function readRulesAsIf({ context, repository }: ReadRepository, text: string): Promise<Rules> {
  const { id, full_name: fullName } = repository;
  const place = { tenant: context.tenant, repository: { id, fullName }, base: '' };
  return readRules.output.parse(toRules(await context.readConfiguration(context.github, place, text)));
}

/** All that any of the rules looks at. */
export async function readPullFacts(place: ReadRepository, pull: Pull, rules: readonly Rules[]): Promise<Facts> {
  const event = { action: 'simulated', pull_request: pull, repository: place.repository };
  const all = rules.flatMap((one) => (one.outcome === 'found' ? [one.configuration] : []));
  const configuration: Configuration = {
    labels: all.flatMap(({ labels }) => labels),
    reviewers: all.flatMap(({ reviewers }) => reviewers),
    require: all.flatMap(({ require = [] }) => require),
    assign: all.flatMap(({ assign = [] }) => assign),
    milestones: all.flatMap(({ milestones = [] }) => milestones),
    comments: all.flatMap(({ comments = [] }) => comments),
    automerge: all.flatMap(({ automerge = [] }) => automerge),
    check: false,
    busy: all.some(({ busy }) => busy),
    holidays: all.map(({ holidays }) => holidays).find((path) => path !== undefined),
  };
  const facts = await readFacts.handle({ event, rules: { outcome: 'found', configuration } }, place.context);
  return readFacts.output.parse(facts);
}

export async function decideOn({ context }: ReadRepository, facts: Facts, rules: Rules): Promise<Decision> {
  return decide.output.parse(await decide.handle({ facts, rules }, context));
}
