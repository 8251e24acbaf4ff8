/**
 * `.github/fairlead.test.yml`: pull requests as a repository imagines them, and what its rules must make of them. Running a
 * case is pure; it has no network and no clock but the case's own.
 */
import { z } from 'zod';
import { nameOfAct } from './acts.ts';
import type { CompiledRules } from './decide.ts';
import { decide } from './decide.ts';
import { type ChangedFile, CI_STATES, type Facts, type PastAct } from './facts.ts';
import { readYaml } from './read-yaml.ts';

const names = z.array(z.string());

const file = z.strictObject({
  path: z.string(),
  status: z.enum(['added', 'removed', 'modified', 'renamed', 'copied']).optional(),
  previousPath: z.string().optional(),
  lines: z.int().min(0).describe('Added and removed. Without it 1.').optional(),
  diff: z.string().optional(),
});

const given = z
  .strictObject({
    title: z.string().optional(),
    body: z.string().optional(),
    author: z.string().optional(),
    team: names.describe('Teams that the author is in.').optional(),
    association: z.string().optional(),
    draft: z.boolean().optional(),
    fork: z.boolean().optional(),
    base: z.string().optional(),
    head: z.string().optional(),
    number: z.int().positive().optional(),
    labels: names.describe('Labels that people put on.').optional(),
    ours: names.describe('Labels on it that Fairlead put on.').optional(),
    refused: names.describe('Labels that a person took off.').optional(),
    reviewers: names.describe('People asked already.').optional(),
    assignees: names.optional(),
    codeOwners: names.describe('Whom CODEOWNERS names for its files.').optional(),
    milestone: z.string().optional(),
    commits: names.optional(),
    gitAttributes: z.string().optional(),
    ci: z.enum(CI_STATES).describe('What its checks have come to. Without it nobody knows.').optional(),
    members: z.record(z.string(), names).describe('By slug of a team, who is in it.').optional(),
    reviewed: names.describe('Who has reviewed it before the last push.').optional(),
    expertise: z.record(z.string(), z.int().min(0)).describe('By login, of the last commits on its files.').optional(),
    busy: names.describe('Whose status on GitHub says so.').optional(),
    holidays: names.describe('Dates, such as 2026-12-25.').optional(),
    at: z.iso
      .datetime({ offset: true })
      .describe('When the rules are asked. Without it Monday, 2024-01-01, noon UTC.')
      .optional(),
    opened: z.iso.datetime({ offset: true }).describe('When it was opened. Without it an hour before.').optional(),
    files: z.array(z.union([z.string(), file])).optional(),
  })
  .describe('The pull request. What is left out is as ordinary as can be.');

const expected = z
  .strictObject({
    labels: names.describe('Exactly these come to be on it by the rules.').optional(),
    removed: names.describe('Exactly these are taken off.').optional(),
    reviewers: names.describe('Exactly these are asked, or were already.').optional(),
    asked: z.int().min(0).describe('So many are.').optional(),
    acts: names.describe('Exactly these are done: `assign octocat`, `milestone 2.0`, `comment welcome`.').optional(),
    missing: names.describe('Exactly these of the things required are missing: parts of their words.').optional(),
    messages: names.describe('Each is part of a reason or a problem.').optional(),
  })
  .refine(
    (expect) => Object.keys(expect).length > 0,
    'expects nothing; name labels, removed, reviewers, asked, acts, missing or messages',
  );

export const casesSchema = z.strictObject({
  cases: z
    .array(z.strictObject({ name: z.string().min(1), given, expect: expected }))
    .min(1)
    .max(1_000),
});

export type Case = z.output<typeof casesSchema>['cases'][number];

const MONDAY_NOON = Date.parse('2024-01-01T12:00:00Z');
const HOUR = 3_600_000;

export function parseCases(text: string) {
  return readYaml(text, casesSchema, () => []);
}

/** In what the rules' decision is not what was expected; empty when it is. */
export function runCase(rules: CompiledRules, { given: pull, expect }: Case): readonly string[] {
  const past = [
    ...(pull.ours ?? []).map((name): PastAct => ({ kind: 'label', name, state: 'ours' })),
    ...(pull.refused ?? []).map((name): PastAct => ({ kind: 'label', name, state: 'refused' })),
  ];
  const { labels, reviewers, requirements, acts, problems } = decide(toFacts(pull), rules, past);
  const on = [...labels.add, ...labels.keep];
  const asked = [...reviewers.request, ...reviewers.keep];
  const doing = acts.acts.map((act) => ({ name: nameOfAct(act), reason: act.reason }));
  const said = [...on, ...labels.remove, ...labels.skip, ...asked, ...reviewers.skip, ...doing, ...acts.left].map(
    ({ name, reason }) => `${name}: ${reason}`,
  );
  const missing = requirements.filter(({ state }) => state === 'missing');
  const told = missing.map(({ demand, reason, fix = '' }) => `${demand}: ${reason}; ${fix}`);
  return [
    ...differ('labels', expect.labels, on),
    ...differ('removed labels', expect.removed, labels.remove),
    ...differ('reviewers', expect.reviewers, asked),
    ...(expect.asked === undefined || expect.asked === asked.length
      ? []
      : [`asked: expected ${expect.asked}, got ${asked.length} (${asked.map(({ name }) => name).join(', ')})`]),
    ...differ('acts', expect.acts, doing),
    ...differMissing(expect.missing, told),
    ...(expect.messages ?? [])
      .filter((message) => ![...said, ...told, ...problems].some((one) => one.includes(message)))
      .map((message) => `messages: nothing says “${message}”; said is ${said.join(' · ') || 'nothing'}`),
  ];
}

function differ(
  what: string,
  wanted: readonly string[] | undefined,
  got: readonly { readonly name: string; readonly reason: string }[],
): readonly string[] {
  if (wanted === undefined) return [];
  const has = (list: readonly string[], name: string) => list.some((one) => one.toLowerCase() === name.toLowerCase());
  const found = got.map(({ name }) => name);
  return [
    ...wanted.filter((name) => !has(found, name)).map((name) => `${what}: ${name} is missing`),
    ...got
      .filter(({ name }) => !has(wanted, name))
      .map(({ name, reason }) => `${what}: ${name} is not expected, but ${reason}`),
  ];
}

function differMissing(wanted: readonly string[] | undefined, told: readonly string[]): readonly string[] {
  if (wanted === undefined) return [];
  return [
    ...wanted
      .filter((part) => !told.some((one) => one.includes(part)))
      .map((part) => `missing: nothing says “${part}”`),
    ...told
      .filter((one) => !wanted.some((part) => one.includes(part)))
      .map((one) => `missing: not expected, but ${one}`),
  ];
}

function toFacts(pull: Case['given']): Facts {
  const readAt = pull.at === undefined ? MONDAY_NOON : Date.parse(pull.at);
  return {
    repositoryId: 1,
    number: pull.number ?? 1,
    title: pull.title ?? 'A change',
    body: pull.body ?? '',
    author: pull.author ?? 'somebody',
    association: pull.association ?? 'CONTRIBUTOR',
    draft: pull.draft ?? false,
    fork: pull.fork ?? false,
    base: pull.base ?? 'main',
    head: pull.head ?? 'topic',
    labels: [...(pull.labels ?? []), ...(pull.ours ?? [])],
    milestone: pull.milestone,
    createdAt: pull.opened === undefined ? readAt - HOUR : Date.parse(pull.opened),
    readAt,
    reviewers: pull.reviewers ?? [],
    assignees: pull.assignees ?? [],
    codeOwners: pull.codeOwners ?? [],
    teams: [],
    files: (pull.files ?? []).map(toFile),
    truncated: false,
    commits: pull.commits ?? [],
    authorTeams: pull.team ?? [],
    gitAttributes: pull.gitAttributes ?? '',
    ci: pull.ci,
    members: Object.entries(pull.members ?? {}).map(([team, logins]) => ({ team, logins })),
    reviewed: pull.reviewed?.map((login) => ({ login, current: false })),
    expertise: Object.entries(pull.expertise ?? {}).map(([login, commits]) => ({ login, commits })),
    busy: pull.busy,
    holidays: pull.holidays?.map((date) => ({ date, name: date })),
  };
}

function toFile(given: string | z.output<typeof file>): ChangedFile {
  if (typeof given === 'string') return { path: given, status: 'modified', lines: 1, diff: '' };
  const { path, previousPath, lines = 1, diff = '' } = given;
  const status = given.status ?? (previousPath === undefined ? 'modified' : 'renamed');
  return { path, status, previousPath, lines, diff };
}
