import { z } from 'zod';
import { nearest } from '../problem.ts';
import { dispatch } from '../schema/dispatch.ts';
import type { TaskBase } from '../schema/values.ts';
import { callTask } from './call.ts';
import { doTask } from './do.ts';
import { emitTask } from './emit.ts';
import { forTask } from './for.ts';
import { forkTask } from './fork.ts';
import type { TaskKind } from './kind.ts';
import { listenTask } from './listen.ts';
import { raiseTask } from './raise.ts';
import { runTask } from './run.ts';
import { setTask } from './set.ts';
import { switchTask } from './switch.ts';
import { tryTask } from './try.ts';
import { waitTask } from './wait.ts';

/** Every kind of task. `for` comes before `do`, since a loop has a `do` too. */
const KINDS: readonly TaskKind[] = [
  callTask,
  forTask,
  doTask,
  emitTask,
  forkTask,
  listenTask,
  raiseTask,
  runTask,
  setTask,
  switchTask,
  tryTask,
  waitTask,
];

const keywords = KINDS.map((kind) => kind.keywords[0] as string);

/** The kind that a task's properties make it, as far as it is recognisable. */
export function kindOf(task: object): TaskKind | undefined {
  return KINDS.find((kind) => Object.hasOwn(task, kind.keywords[0] as string));
}

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
