/**
 * Under which conditions a rule holds, as written in the file: keys beside each other must all hold; `all`, `any` and `not`
 * nest. The types, the editor's JSON Schema and the table in `docs/rules.md` come from here.
 */
import { z } from 'zod';
import { CI_STATES } from './facts.ts';
import { LONGEST_GLOB } from './glob.ts';
import { LONGEST_REGEX } from './regex.ts';

const MOST_GLOBS = 100;

const glob = z
  .string()
  .min(1)
  .max(LONGEST_GLOB + 1);

export const globs = z.array(glob).min(1).max(MOST_GLOBS).describe('Globs; those that begin with "!" exclude.');

const regex = z.string().min(1).max(LONGEST_REGEX);
const regexes = z.union([regex, z.array(regex).min(1).max(20)]).describe('Regular expressions of RE2; one is enough.');

const names = z.array(z.string().trim().min(1).max(100)).min(1).max(100);

const count = z.int().min(0).max(10_000_000);

const DURATION = /^(\d{1,4})(m|h|d|w)$/;
const duration = z.string().regex(DURATION, 'must be a number and a unit, such as 30m, 12h, 3d or 2w');

export const FILE_STATUSES = ['added', 'removed', 'modified', 'renamed', 'copied'] as const;
export const SIZES = ['XS', 'S', 'M', 'L', 'XL', 'XXL'] as const;

const ASSOCIATIONS = [
  'OWNER',
  'MEMBER',
  'COLLABORATOR',
  'CONTRIBUTOR',
  'FIRST_TIME_CONTRIBUTOR',
  'FIRST_TIMER',
  'MANNEQUIN',
  'NONE',
] as const;

const fileCondition = z.strictObject({
  any: globs.describe('Some changed file matches.').optional(),
  all: globs.describe('Every changed file matches, a renamed one by its old path as well.').optional(),
  none: globs.describe('No changed file matches.').optional(),
  match: z
    .enum(['some', 'every'])
    .describe('Whether one pattern of a list that does not begin with "!" is enough, or a file must match every one.')
    .default('some'),
  status: z.array(z.enum(FILE_STATUSES)).min(1).describe('Only files of which this became count.').optional(),
  generated: z.boolean().describe('Only files that .gitattributes calls generated, or only others, count.').optional(),
  min: count.describe('At least so many files, of those that `any` matches.').optional(),
  max: count.describe('At most so many.').optional(),
});

const ciState = z.enum(CI_STATES);

const lineCondition = z.strictObject({ min: count.optional(), max: count.optional() });

const branches = z
  .array(
    z
      .string()
      .min(1)
      .max(LONGEST_REGEX + 2),
  )
  .min(1)
  .max(MOST_GLOBS);

const leaves = {
  files: z
    .union([globs, fileCondition])
    .describe('Changed files: globs of which one matches, or a mapping.')
    .optional(),
  size: z.array(z.enum(SIZES)).min(1).describe('By lines added and removed, without generated files.').optional(),
  lines: lineCondition.describe('Lines added and removed, without generated files.').optional(),
  base: branches.describe('The branch it wants to go into: globs, or regular expressions between slashes.').optional(),
  head: branches.describe('The branch it comes from: likewise.').optional(),
  title: regexes.optional(),
  body: regexes.describe('The description. Regular expressions of RE2; one is enough.').optional(),
  author: names.describe('Logins; "*" stands for any characters.').optional(),
  team: z
    .array(
      z.string().regex(/^[A-Za-z\d_][\w.-]{0,99}$/, 'must be the slug of a team, without the organization in front'),
    )
    .min(1)
    .max(10)
    .describe('The author is in one of these teams. Asks GitHub once per team.')
    .optional(),
  association: z.array(z.enum(ASSOCIATIONS)).min(1).describe('What the author is to the repository.').optional(),
  draft: z.boolean().optional(),
  fork: z.boolean().describe('Whether it comes from another repository.').optional(),
  labels: names.describe('One of these is on it: put there by a person, or by a rule above this one.').optional(),
  milestone: names.describe('Its milestone is one of these; "*" stands for any characters.').optional(),
  age: z
    .strictObject({ min: duration.optional(), max: duration.optional() })
    .describe('Time since it was opened.')
    .optional(),
  ci: z
    .union([ciState, z.array(ciState).min(1)])
    .describe('What the checks of its head have come to. Asks GitHub for them.')
    .optional(),
  commits: regexes
    .describe('The message of some commit. Regular expressions of RE2; one is enough. Asks GitHub for the commits.')
    .optional(),
  diff: regexes.describe('Some line added or removed. Regular expressions of RE2; one is enough.').optional(),
  jq: z.string().min(1).max(2_000).describe('A jq expression over the facts; holds unless null or false.').optional(),
};

type Leaves = z.output<z.ZodObject<typeof leaves, z.core.$strict>>;

export interface Condition extends Leaves {
  readonly all?: Condition[] | undefined;
  readonly any?: Condition[] | undefined;
  readonly not?: Condition | undefined;
}

const inner: z.ZodType<Condition> = z.lazy((): z.ZodType<Condition> => condition);
const several = z.array(inner).min(1).max(100);

export const condition = z
  .strictObject({
    ...leaves,
    all: several.describe('Each of these holds.').optional(),
    any: several.describe('One of these holds.').optional(),
    not: inner.describe('This does not hold.').optional(),
  })
  .meta({ id: 'condition' });

export type FileCondition = z.output<typeof fileCondition>;

export const CONDITION_KEYS = Object.keys(condition.shape) as readonly (keyof Condition)[];

const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** `3d` → milliseconds. */
export function toMilliseconds(text: string): number {
  const [, number, unit] = DURATION.exec(text) ?? [];
  return Number(number) * (UNIT_MS[unit ?? ''] ?? Number.NaN);
}
