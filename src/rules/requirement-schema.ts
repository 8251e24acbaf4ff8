/** What a pull request has to have, as written in the file: one demand each, beside the conditions under which it is made. */
import { z } from 'zod';
import { condition } from './condition-schema.ts';
import { LONGEST_REGEX } from './regex.ts';

const labels = z.array(z.string().trim().min(1).max(50)).min(1).max(100);

const demands = {
  any_label: labels.describe('One or more labels that match these patterns are on it.').optional(),
  all_labels: labels.describe('For each of these patterns a label is on it.').optional(),
  one_label: labels.describe('Exactly one label that matches these patterns is on it.').optional(),
  no_label: labels.describe('No label that matches these patterns is on it.').optional(),
  description: z
    .int()
    .min(1)
    .max(5_000)
    .describe('The description has so many characters; comments and white space do not count.')
    .optional(),
  title_matches: z
    .string()
    .min(1)
    .max(LONGEST_REGEX)
    .describe('The title matches this regular expression of RE2.')
    .optional(),
};

const DEMANDS = Object.keys(demands) as readonly (keyof typeof demands)[];

export const CONCLUSIONS = ['success', 'neutral', 'failure'] as const;
export type Conclusion = (typeof CONCLUSIONS)[number];

export const requirement = z
  .strictObject({
    ...condition.shape,
    ...demands,
    hint: z.string().trim().min(1).max(300).describe('How to put it right; told where it is missing.').optional(),
    otherwise: z.enum(CONCLUSIONS).default('failure').describe('The conclusion of the check run where it is missing.'),
  })
  .refine(
    (rule) => DEMANDS.filter((key) => rule[key] !== undefined).length === 1,
    `must name exactly one of ${DEMANDS.join(', ')}`,
  )
  .describe('What a pull request has to have. Told on the check run, with how to put it right.');

export type RequirementSource = z.output<typeof requirement>;
