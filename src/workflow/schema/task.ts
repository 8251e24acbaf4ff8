/** The schema of any task, composed of the part that each kind's file holds. */
import { z } from 'zod';
import { nearest } from '../problem.ts';
import { KINDS, kindOf } from '../tasks/index.ts';
import { dispatch } from './dispatch.ts';
import type { TaskBase } from './values.ts';

const keywords = KINDS.map((kind) => kind.keywords[0] as string);

function choose(value: unknown): z.ZodType | string {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return `A task is an object with one of ${keywords.join(', ')}.`;
  const kind = kindOf(value);
  if (kind !== undefined) return schemas.get(kind) as z.ZodType;
  const close = Object.keys(value)
    .map((key) => nearest(key, keywords))
    .find((keyword) => keyword !== undefined);
  return `A task needs one of ${keywords.join(', ')}.${close === undefined ? '' : ` Did you mean “${close}”?`}`;
}

export const task: z.ZodType<TaskBase & { readonly [key: string]: unknown }> = dispatch(choose, () => [
  ...schemas.values(),
]);

/** One name with one task. */
const taskItem = z.record(z.string(), task).refine((item) => Object.keys(item).length === 1, {
  error: 'Expected one name with one task; a “-” before each name starts the next.',
});

export const taskList: z.ZodType<readonly unknown[]> = z.array(taskItem);

const schemas = new Map(KINDS.map((kind) => [kind, kind.schema({ taskList })]));
