import { z } from 'zod';
import { isArray } from '../../expression/json.ts';
import { standardFault } from '../fault.ts';
import { runList } from '../flow.ts';
import { bind } from '../frame.ts';
import { anyObject, taskBase } from '../schema/values.ts';
import { compileCondition, compileExpression, compileValue } from '../template.ts';
import { defineTask } from './kind.ts';

/**
 * One iteration per item, in order. The output of an iteration is the input of the next; `while` is asked before each,
 * of that input, and sees the item too. `exit` within leaves the iteration, not the loop.
 *
 * @see https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#for
 */
export const forTask = defineTask({
  kind: 'for',
  extendedAs: 'for',
  keywords: ['for', 'do'],
  isComposite: true,
  schema: ({ taskList }) =>
    z.strictObject({
      ...taskBase,
      for: z.strictObject({
        each: z.string().optional(),
        in: z.union([z.string(), z.array(anyObject)]),
        at: z.string().optional(),
      }),
      while: z.string().optional(),
      do: taskList,
    }),
  compile(site, source) {
    const each = source.for.each ?? 'item';
    const at = source.for.at ?? 'index';
    const variables = [each, at];
    const collection =
      typeof source.for.in === 'string'
        ? compileExpression(site, source.for.in, ['for', 'in'])
        : compileValue(site, source.for.in, ['for', 'in']);
    const inner = { ...site, variables: [...site.variables, ...variables] };
    const condition = source.while === undefined ? undefined : compileCondition(inner, source.while, ['while']);
    const list = site.compilation.list(site, source.do, { path: ['do'], variables });
    return async (frame) => {
      const items = collection(frame.input, frame);
      if (!isArray(items)) {
        const shown = JSON.stringify(items).slice(0, 60);
        throw standardFault('expression', 'Not a collection', `“for.in” came to ${shown}, not to an array.`);
      }
      const { fanOut } = frame.world.limits;
      if (items.length > fanOut)
        throw standardFault('runtime', 'Too many items', `“for.in” has ${items.length} items; the limit is ${fanOut}.`);
      let value = frame.input;
      for (const [index, item] of items.entries()) {
        const bound = bind(bind(frame.variables, each, item), at, index);
        const iteration = { ...frame, variables: bound };
        if (condition !== undefined && !condition(value, iteration)) break;
        const result = await runList(list, iteration, `${frame.position}~i${index}/do`, value);
        value = result.output;
        if (result.next === 'end') return result;
      }
      return { output: value };
    };
  },
});
