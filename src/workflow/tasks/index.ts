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
export const KINDS: readonly TaskKind[] = [
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

/** The kind that a task's properties make it, as far as it is recognisable. */
export function kindOf(task: object): TaskKind | undefined {
  return KINDS.find((kind) => Object.hasOwn(task, kind.keywords[0] as string));
}
