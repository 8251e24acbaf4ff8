import { z } from 'zod';
import { configurationSchema } from '../src/rules/configuration.ts';
import { defineFunction } from '../src/workflow/function.ts';
import type { FoundConfiguration } from './configuration-reader.ts';
import type { FunctionContext } from './context.ts';

const problem = z.object({
  file: z.string().optional().describe('Which file, with its repository in front where that is another one.'),
  line: z.int(),
  column: z.int(),
  where: z.string().describe('Place in the configuration, such as `labels[2].files`.'),
  message: z.string(),
});

export type RulesProblem = z.output<typeof problem>;

export const rulesFound = z.object({
  outcome: z.literal('found'),
  configuration: configurationSchema,
  sources: z
    .array(z.string())
    .optional()
    .describe('The files they come from, the nearest first, where that is not `.github/fairlead.yml` alone.'),
  notes: z.array(z.string()).optional().describe('Where the reading of another tool’s file differs from that tool.'),
  problems: z.array(problem).optional().describe('What was passed over.'),
});

/** What is known of a repository's rules. Small: a repository without a file yields a word. */
export const rules = z.discriminatedUnion('outcome', [
  rulesFound,
  z.object({ outcome: z.literal('none') }).describe('There is no file: the default rules hold.'),
  z.object({ outcome: z.literal('unreadable'), problems: z.array(problem) }),
  z.object({ outcome: z.literal('unavailable'), reason: z.string() }).describe('GitHub refuses to show the file.'),
]);

/** Never reads a head branch: a pull request is not judged by rules it brings along. */
export const readRules = defineFunction({
  operationId: 'readRules',
  summary:
    'Reads the rules of the base branch: `.github/fairlead.yml`, else other tools’ files, and what they build on.',
  input: z.object({
    repository: z.object({ id: z.int(), fullName: z.string() }),
    base: z.string().describe('Name of the branch that the pull request wants to go into.'),
  }),
  output: rules,
  handle: async ({ repository, base }, context: FunctionContext) => {
    const found = await context.readConfiguration(context.github, { tenant: context.tenant, repository, base });
    return toRules(found);
  },
});

/** What was told of a reading before: as long as a configuration does not change, its rules are the very same object. */
const told = new WeakMap<FoundConfiguration, z.input<typeof rules>>();

export function toRules(found: FoundConfiguration): z.input<typeof rules> {
  const known = told.get(found) ?? tell(found);
  told.set(found, known);
  return known;
}

function tell(found: FoundConfiguration): z.input<typeof rules> {
  switch (found.outcome) {
    case 'found': {
      const { sources, notes, problems, ...rest } = found;
      return {
        ...rest,
        ...(sources === undefined ? {} : { sources: [...sources] }),
        ...(notes === undefined ? {} : { notes: [...notes] }),
        ...(problems === undefined ? {} : { problems: [...problems] }),
      };
    }
    case 'unreadable':
      return { ...found, problems: [...found.problems] };
    default:
      return found;
  }
}
