import { z } from 'zod';
import { runList } from '../flow.ts';
import { taskBase } from '../schema/values.ts';
import { defineTask } from './kind.ts';

/**
 * Tasks one after the other.
 *
 * @see https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#do
 */
export const doTask = defineTask({
  kind: 'do',
  extendedAs: 'composite',
  keywords: ['do'],
  isComposite: true,
  isDerived: true,
  schema: ({ taskList }) => z.strictObject({ ...taskBase, do: taskList }),
  compile(site, source) {
    const list = site.compilation.list(site, source.do, { path: ['do'] });
    return (frame) => runList(list, frame, `${frame.position}/do`, frame.input);
  },
});
