import { z } from 'zod';
import { anyObject, taskBase } from '../schema/values.ts';
import { compileValue } from '../template.ts';
import { defineTask } from './kind.ts';

/**
 * Data made of literals and expressions. A string is a value like any other: it takes `${ }` to be evaluated.
 *
 * @see https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#set
 */
export const setTask = defineTask({
  kind: 'set',
  extendedAs: 'set',
  keywords: ['set'],
  isComposite: false,
  schema: () =>
    z.strictObject({
      ...taskBase,
      set: z.union([
        anyObject.refine((value) => Object.keys(value).length > 0, 'Expected at least one property to set.'),
        z.string(),
      ]),
    }),
  compile(site, source) {
    const value = compileValue(site, source.set, ['set']);
    return (frame) => ({ output: value(frame.input, frame) });
  },
});
