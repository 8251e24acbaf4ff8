/** Keeps that somebody is away, or back: in every repository of the installation, nobody is asked for a review meanwhile. */
import { z } from 'zod';
import { defineFunction } from '../src/workflow/function.ts';
import { writeAbsence } from './absences.ts';
import type { FunctionContext } from './context.ts';

const day = z.string().regex(/^\d{4}-\d\d-\d\d$/);

export const setAbsence = defineFunction({
  operationId: 'setAbsence',
  summary: 'Keeps until when somebody is away, or that they are back. Asks GitHub nothing.',
  input: z.object({
    login: z.string(),
    until: day.nullable().describe('The last day; null: they are back.'),
    today: day.describe('Where the repository is.'),
  }),
  output: z.object({ until: day.nullable() }),
  handle: async ({ login, until, today }, context: FunctionContext) => {
    await writeAbsence(context, { login, until, today });
    return { until };
  },
});
