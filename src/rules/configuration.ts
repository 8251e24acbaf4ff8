/**
 * `.github/fairlead.yml`: its schema, from which the types and the editor's JSON Schema come, and the configuration that
 * stands where a repository has none.
 *
 * A rule is an entry of a list, and names what it decides (`label`, `people`) beside the conditions under which it holds:
 * the keys of `condition-schema.ts`.
 */
import { z } from 'zod';
import { assignRule, automergeRule, commentRules, milestoneRule } from './act-schema.ts';
import { isTimeZone, WEEKDAYS } from './availability.ts';
import { commandsPolicy } from './commands/policy.ts';
import { CONDITION_KEYS, type Condition, condition, globs, SIZES } from './condition-schema.ts';
import { login } from './login.ts';
import { palette } from './palette.ts';
import { STRATEGIES } from './rank-reviewers.ts';
import { reminders } from './reminder-schema.ts';
import { requirement } from './requirement-schema.ts';
import { TEAM } from './team.ts';

const MOST_RULES = 1_000;

/** What a rule names beside what it decides. */
function isConditional(rule: Condition): boolean {
  return CONDITION_KEYS.some((key) => rule[key] !== undefined);
}
const UNCONDITIONAL = 'has no condition, so it would hold always; add "files", or files: ["**"] if that is meant';

const labelRule = z
  .strictObject({
    label: z.string().trim().min(1).max(50).describe('Name of the label.'),
    color: z
      .string()
      .regex(/^#?[0-9A-Fa-f]{6}$/, 'must be six hexadecimal digits, such as "0075ca"')
      .describe('Given to the label when GitHub creates it. Six hexadecimal digits.')
      .optional(),
    description: z.string().max(100).describe('Given to the label when GitHub creates it.').optional(),
    ...condition.shape,
  })
  .refine(isConditional, UNCONDITIONAL)
  .describe('Puts a label on pull requests, and takes it off again when the rule no longer holds.');

const team = z.string().regex(TEAM, 'must be the slug of a team, such as core or octo/core');

const reviewerRule = z
  .strictObject({
    name: z
      .string()
      .trim()
      .min(1)
      .max(50)
      .describe('Of rules of one name that several files have, the nearest file’s counts.')
      .optional(),
    ...condition.shape,
    people: z.array(login).max(100).default([]).describe('Logins.'),
    teams: z
      .array(team)
      .max(15)
      .default([])
      .describe('Slugs of teams of the repository’s organization. All are asked, as teams.'),
    expand: z.boolean().describe('Asks members of the teams, like `people`, in place of the teams.').optional(),
    count: z.int().min(1).max(15).describe('How many of the people to ask. All of them without it.').optional(),
    strategy: z.enum(STRATEGIES).describe('In which order they are asked. Without it random, but stable.').optional(),
    capacity: z.int().min(1).max(1_000).describe('Nobody with so many open reviews is asked.').optional(),
    fallback: z.array(login).max(20).describe('Asked in this order where too few of the people can be.').optional(),
    wait_for: z.literal('ci').describe('Nobody is asked before the checks of the head are green.').optional(),
    again_on_push: z.boolean().describe('Who has reviewed it is asked again after a push.').optional(),
  })
  .refine(isConditional, UNCONDITIONAL)
  .refine((rule) => rule.people.length + rule.teams.length > 0, 'names nobody; add "people" or "teams"')
  .describe('Asks people and teams for a review.');

const date = z
  .string()
  .refine(
    (text) => /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)),
    'must be a date, such as 2026-12-03',
  );

const absence = z
  .strictObject({
    person: login,
    from: date.describe('First day of the absence. Without it, it has begun.').optional(),
    until: date.describe('Last day of the absence.'),
  })
  .describe('Somebody who is not asked on these days.');

const labelNames = z.array(z.string().trim().min(1).max(50)).max(100);

const lineCount = z.int().min(0).max(10_000_000);

const sizes = z
  .strictObject(Object.fromEntries(SIZES.slice(1).map((size) => [size, lineCount.optional()])) as Thresholds)
  .describe(
    'From how many changed lines on a pull request has which size. Without it S 10, M 30, L 100, XL 500, XXL 1000.',
  );

type Thresholds = Record<Exclude<(typeof SIZES)[number], 'XS'>, z.ZodOptional<z.ZodInt>>;

/** A file is named with `fairlead.yml` at its end, so that no other file of a repository comes to light in a message. */
const parent = z
  .string()
  .max(300)
  .regex(
    /^[A-Za-z\d][\w-]*\/(?!\.{1,2}(?:\/|$))[\w.-]+(?:(?:\/(?!\.{1,2}\/)[\w.-]+)*[/.]fairlead\.yml)?$/,
    'must be owner/repo, or owner/repo/path of a file whose name is or ends in ".fairlead.yml"',
  );

const lockedKey = z
  .string()
  .max(100)
  .regex(/^\w+(?:\.[\w-]+)*$/, 'must be keys with dots between, such as "reviewers.count"');

export const configurationSchema = z
  .strictObject({
    extends: parent
      .describe('What the file builds on: owner/repo, or owner/repo/path/to/some.fairlead.yml.')
      .optional(),
    lock: z
      .array(lockedKey)
      .max(50)
      .describe('Keys that files which build on this one cannot set, such as "check" or "reviewers.count".')
      .optional(),
    labels: z.array(labelRule).max(MOST_RULES).default([]),
    reviewers: z.array(reviewerRule).max(MOST_RULES).default([]),
    check: z.boolean().default(true).describe('Whether each decision is explained in a check run.'),
    mode: z
      .enum(['act', 'dry-run'])
      .describe('`dry-run`: what would be done is shown on the check run, and nothing else is written.')
      .optional(),
    require: z.array(requirement).max(100).describe('What a pull request has to have.').optional(),
    preview: z
      .int()
      .min(0)
      .max(200)
      .describe('On how many past pull requests a change of this file is tried before it is merged. Without it 50.')
      .optional(),
    ignore: globs.describe('Files that count for no rule and no size.').optional(),
    sizes: sizes.optional(),
    exclusive: labelNames.describe('Patterns of labels, such as "size/*", of which one at a time is on.').optional(),
    palette: palette.optional(),
    assign: z.array(assignRule).max(100).describe('Who is assigned.').optional(),
    milestones: z.array(milestoneRule).max(100).describe('Which milestone it gets; the first that holds.').optional(),
    comments: commentRules.optional(),
    automerge: z
      .array(automergeRule)
      .max(100)
      .describe('What is merged once it may be; the first that holds.')
      .optional(),
    privileged: labelNames
      .describe('Labels that a rule puts on a fork’s pull request only if it also demands author, team or association.')
      .optional(),
    cap: z
      .int()
      .min(0)
      .describe('If rules on files alone ask for more labels than this, none of those is added.')
      .optional(),
    reminders: reminders.optional(),
    away: z.array(absence).max(500).optional(),
    workdays: z
      .record(login, z.array(z.enum(WEEKDAYS)).min(1))
      .describe('By login, the days on which somebody is asked; on others only where nobody else is there.')
      .optional(),
    busy: z.boolean().describe('Whether those are passed over whose status on GitHub says “busy”.').optional(),
    holidays: z
      .string()
      .regex(/^(?!\/)(?!.*\.\.)[\w./-]{1,200}\.ics$/, 'must be the path of an .ics file in this repository')
      .describe('A calendar file of the repository: on its days people are asked only where nobody else is there.')
      .optional(),
    timezone: z
      .string()
      .refine(isTimeZone, 'must be the name of a time zone, such as Europe/Berlin')
      .describe('Whose days `away`, `workdays` and `holidays` mean. Without it UTC.')
      .optional(),
    commands: commandsPolicy.optional(),
    hold: z
      .string()
      .trim()
      .min(1)
      .max(50)
      .describe('Label that the command /hold puts on. Without it "do-not-merge/hold".')
      .optional(),
  })
  .describe('What Fairlead does on the pull requests of this repository.');

export type Configuration = z.output<typeof configurationSchema>;

let standing: Configuration | undefined;

/** Stands where a repository has no file: labels by what is usual, nobody asked for a review. Always the very same object. */
export function defaultConfiguration(): Configuration {
  standing ??= configurationSchema.parse(DEFAULT);
  return standing;
}

const DEFAULT: z.input<typeof configurationSchema> = {
  labels: [
    {
      label: 'documentation',
      color: '0075ca',
      files: ['docs/**', '**/*.{md,mdx,rst,adoc}', '!.github/**', '!**/CHANGELOG.md'],
    },
    {
      label: 'tests',
      color: 'bfd4f2',
      files: ['**/{test,tests,__tests__,spec}/**', '**/*.{test,spec}.*', '**/*_test.*', '**/test_*.py'],
    },
    {
      label: 'ci',
      color: 'fbca04',
      files: ['.github/workflows/**', '.github/actions/**', '.gitlab-ci.yml', '.circleci/**', 'Jenkinsfile'],
    },
    {
      label: 'dependencies',
      color: '0366d6',
      files: [
        '**/{package.json,package-lock.json,npm-shrinkwrap.json,yarn.lock,pnpm-lock.yaml,bun.lock}',
        '**/{go.mod,go.sum,Cargo.toml,Cargo.lock,Gemfile,Gemfile.lock,composer.json,composer.lock}',
        '**/{requirements*.txt,pyproject.toml,poetry.lock,uv.lock,Pipfile.lock,pom.xml,build.gradle,build.gradle.kts}',
      ],
    },
  ],
};

/** For editors: `# yaml-language-server: $schema=…` in front of the file. */
export function toJsonSchema(): Readonly<Record<string, unknown>> {
  return { title: '.github/fairlead.yml', ...z.toJSONSchema(configurationSchema, { io: 'input' }) };
}
