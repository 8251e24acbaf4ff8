/** What rules may do to a pull request beside labels and reviews, as written in the file. Nothing of it is done unless written. */
import { z } from 'zod';
import { CONDITION_KEYS, type Condition, condition } from './condition-schema.ts';
import { login } from './login.ts';

const LONGEST_TEXT = 5_000;

/** Of a pull request that nobody has named a condition for, nothing is done. */
function isConditional(rule: Condition): boolean {
  return CONDITION_KEYS.some((key) => rule[key] !== undefined);
}
const UNCONDITIONAL = 'has no condition, so it would hold always; add files: ["**"] if that is meant';

export const assignRule = z
  .strictObject({
    ...condition.shape,
    to: z
      .enum(['author', 'owners'])
      .describe('The author, or those whom CODEOWNERS names for the changed files.')
      .optional(),
    people: z.array(login).min(1).max(20).describe('Logins.').optional(),
    count: z.int().min(1).max(10).describe('How many of them. All of them without it.').optional(),
  })
  .refine(isConditional, UNCONDITIONAL)
  .refine((rule) => (rule.to === undefined) !== (rule.people === undefined), 'must name either "to" or "people"')
  .describe('Assigns people. Nobody is unassigned by it.');

export const milestoneRule = z
  .strictObject({
    ...condition.shape,
    name: z.string().trim().min(1).max(255).describe('Title of the milestone.'),
  })
  .refine(isConditional, UNCONDITIONAL)
  .describe('Sets a milestone where there is none.');

export const PLACEHOLDERS = ['author', 'title', 'number', 'base', 'head', 'labels'] as const;
export type Placeholder = (typeof PLACEHOLDERS)[number];
/** A word in braces. */
export const PLACEHOLDER = /\{([A-Za-z_]+)\}/g;

const text = z
  .string()
  .trim()
  .min(1)
  .max(LONGEST_TEXT)
  .superRefine((given, context) => {
    const unknown = [...given.matchAll(PLACEHOLDER)].map(([, name]) => name).find((name) => !isPlaceholder(name));
    if (unknown === undefined) return;
    const known = PLACEHOLDERS.map((name) => `{${name}}`).join(', ');
    context.addIssue({ code: 'custom', message: `{${unknown.slice(0, 50)}} stands for nothing; there are ${known}` });
  })
  .describe('Markdown. {author}, {title}, {number}, {base}, {head} and {labels} stand for what they say.');

function isPlaceholder(name: string | undefined): boolean {
  return PLACEHOLDERS.some((known) => known === name);
}

const commentRule = z
  .strictObject({
    ...condition.shape,
    name: z
      .string()
      .regex(/^[A-Za-z\d][\w-]{0,49}$/, 'must be a word of letters, digits, "-" and "_"')
      .describe('Which comment it is: it is written once, and edited from then on.'),
    text,
    otherwise: z
      .union([z.enum(['delete', 'keep']), z.strictObject({ text })])
      .default('delete')
      .describe('What becomes of the comment once the rule no longer holds.'),
  })
  .refine(isConditional, UNCONDITIONAL)
  .describe('Writes one comment, and keeps it up to date.');

export const commentRules = z
  .array(commentRule)
  .max(20)
  .superRefine((rules, context) => {
    rules.forEach(({ name }, index) => {
      if (rules.findIndex((one) => one.name === name) === index) return;
      context.addIssue({ code: 'custom', path: [index, 'name'], message: `"${name}" is the name of another comment` });
    });
  })
  .describe('Comments, one of a name.');

export const MERGE_METHODS = ['merge', 'squash', 'rebase'] as const;

export const automergeRule = z
  .strictObject({
    ...condition.shape,
    method: z.enum(MERGE_METHODS).describe('How GitHub merges it.'),
    forks: z.boolean().default(false).describe('Whether what comes from a fork is merged, too.'),
  })
  .refine(isConditional, UNCONDITIONAL)
  .describe('Has GitHub merge it once reviews and checks that the branch demands are there.');

export type AssignSource = z.output<typeof assignRule>;
export type MilestoneSource = z.output<typeof milestoneRule>;
export type CommentSource = z.output<typeof commentRule>;
export type AutomergeSource = z.output<typeof automergeRule>;
