import { z } from 'zod';
import type { Json } from '../../expression/json.ts';
import { requireAlive } from '../alive.ts';
import { standardFault } from '../fault.ts';
import { taskBase } from '../schema/values.ts';
import type { CompiledTask, TaskResult } from '../site.ts';
import { defineTask } from './kind.ts';

/**
 * Branches at once, each given the task's input. Without `compete` the output is the array of all outputs in the order of
 * declaration; with it, that of the branch that is done first, and the others are cancelled. A fault of any branch is the
 * task's, and `end` in any branch ends the workflow.
 *
 * @see https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#fork
 */
export const forkTask = defineTask({
  kind: 'fork',
  extendedAs: 'composite',
  keywords: ['fork'],
  isComposite: true,
  schema: ({ taskList }) =>
    z.strictObject({
      ...taskBase,
      fork: z.strictObject({ branches: taskList, compete: z.boolean().optional() }),
    }),
  compile(site, source) {
    const { tasks } = site.compilation.list(site, source.fork.branches, {
      path: ['fork', 'branches'],
      isSequence: false,
    });
    const competes = source.fork.compete === true;
    return async (frame) => {
      const { run, world } = frame;
      if (tasks.length > world.limits.fanOut)
        throw standardFault('runtime', 'Too many branches', `A fork has ${world.limits.fanOut} branches at most.`);
      const positionOf = (task: CompiledTask): string => `${frame.position}/fork/branches${task.suffix}`;
      const first = competes ? firstRecorded(tasks, (task) => run.orderOf(positionOf(task))) : undefined;
      // A winner that was recorded before a restart has won: the others are not started again.
      const started = first === undefined ? tasks : [first];
      const results = await run.strands.spawn<TaskResult>(
        frame.strand,
        started.map((task) => async (strand) => {
          const result = await task.execute({ ...frame, strand }, positionOf(task), frame.input);
          return result;
        }),
        (result) => competes || result.next === 'end',
      );
      requireAlive(frame);
      const ended = results.find((result) => result?.next === 'end');
      if (ended !== undefined) return { output: ended.output, next: 'end' };
      const outputs = results.flatMap((result): Json[] => (result === undefined ? [] : [result.output]));
      return { output: competes ? (outputs[0] ?? frame.input) : outputs };
    };
  },
});

function firstRecorded(
  tasks: readonly CompiledTask[],
  orderOf: (task: CompiledTask) => number | undefined,
): CompiledTask | undefined {
  let first: { readonly task: CompiledTask; readonly order: number } | undefined;
  for (const task of tasks) {
    const order = orderOf(task);
    if (order !== undefined && (first === undefined || order < first.order)) first = { task, order };
  }
  return first?.task;
}
