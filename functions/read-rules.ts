import { z } from 'zod';
import { configurationSchema } from '../src/rules/configuration.ts';
import { defineFunction } from '../src/workflow/function.ts';
import type { FunctionContext } from './context.ts';

const problem = z.object({
  line: z.int(),
  column: z.int(),
  where: z.string().describe('Place in the configuration, such as `labels[2].files`.'),
  message: z.string(),
});

/** What is known of a repository's rules. Small: a repository without a file yields a word. */
export const rules = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('found'), configuration: configurationSchema }),
  z.object({ outcome: z.literal('none') }).describe('There is no file: the default rules hold.'),
  z.object({ outcome: z.literal('unreadable'), problems: z.array(problem) }),
  z.object({ outcome: z.literal('unavailable'), reason: z.string() }).describe('GitHub refuses to show the file.'),
]);

/** Never reads a head branch: a pull request is not judged by rules it brings along. */
export const readRules = defineFunction({
  operationId: 'readRules',
  summary: 'Reads `.github/fairlead.yml` of the base branch.',
  input: z.object({
    repository: z.object({ id: z.int(), fullName: z.string() }),
    base: z.string().describe('Name of the branch that the pull request wants to go into.'),
  }),
  output: rules,
  handle: async ({ repository, base }, context: FunctionContext) => {
    const found = await context.readConfiguration(context.github, { tenant: context.tenant, repository, base });
    return found.outcome === 'unreadable' ? { ...found, problems: [...found.problems] } : found;
  },
});
