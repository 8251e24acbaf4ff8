/** What is to be done beside labels and reviews, as the workflow carries it from the decision to whoever does it. */
import { z } from 'zod';
import { MERGE_METHODS } from '../../src/rules/act-schema.ts';

const reason = z.string();
const node = z.string().describe('The pull request’s id in GraphQL.');

export const act = z.discriminatedUnion('act', [
  z.object({ act: z.literal('assign'), login: z.string(), reason }),
  z.object({ act: z.literal('milestone'), name: z.string(), reason }),
  z.object({
    act: z.literal('comment'),
    name: z.string(),
    text: z.string().describe('Markdown, with what is not trusted made inert.'),
    reason,
    rule: z.string().describe('Digest of the rule and of the text.'),
  }),
  z.object({ act: z.literal('uncomment'), name: z.string(), reason }),
  z.object({ act: z.literal('automerge'), method: z.enum(MERGE_METHODS), reason, rule: z.string(), node }),
  z.object({ act: z.literal('noAutomerge'), reason, node, isOn: z.boolean() }),
]);

export type Act = z.output<typeof act>;
export type ActOf<Kind extends Act['act']> = Extract<Act, { readonly act: Kind }>;
