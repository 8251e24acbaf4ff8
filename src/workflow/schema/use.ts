import { z } from 'zod';
import { authenticationPolicy, endpoint, errorModel, retryPolicy, timeout } from './values.ts';

export const EXTENDED = [
  'call',
  'composite',
  'emit',
  'for',
  'listen',
  'raise',
  'run',
  'set',
  'switch',
  'try',
  'wait',
  'all',
] as const;

/** @see https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#use */
export function useSchema(task: z.ZodType, taskList: z.ZodType<readonly unknown[]>) {
  const extension = z.strictObject({
    extend: z.enum(EXTENDED),
    when: z.string().optional(),
    before: taskList.optional(),
    after: taskList.optional(),
  });
  return z.strictObject({
    authentications: z.record(z.string(), authenticationPolicy).optional(),
    errors: z.record(z.string(), errorModel).optional(),
    extensions: z
      .array(
        z
          .record(z.string(), extension)
          .refine((item) => Object.keys(item).length === 1, 'Expected one name with one extension.'),
      )
      .optional(),
    functions: z.record(z.string(), task).optional(),
    retries: z.record(z.string(), retryPolicy).optional(),
    secrets: z.array(z.string()).optional(),
    timeouts: z.record(z.string(), timeout).optional(),
    catalogs: z.record(z.string(), z.strictObject({ endpoint })).optional(),
  });
}

export type Use = z.output<ReturnType<typeof useSchema>>;
