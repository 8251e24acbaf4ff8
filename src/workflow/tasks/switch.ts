import { z } from 'zod';
import { compileDirective } from '../flow.ts';
import { flowDirective, taskBase } from '../schema/values.ts';
import { compileCondition } from '../template.ts';
import { defineTask } from './kind.ts';

// biome-ignore lint/suspicious/noThenProperty: the DSL's own word; these objects are never awaited.
const switchCase = () => z.strictObject({ when: z.string().optional(), then: flowDirective });

/**
 * Goes on where the first case whose condition holds says; else where the case without a condition says, wherever in the
 * list it stands; else where the task's own `then` says.
 *
 * @see https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#switch
 */
export const switchTask = defineTask({
  kind: 'switch',
  extendedAs: 'switch',
  keywords: ['switch'],
  isComposite: false,
  schema: () =>
    z.strictObject({
      ...taskBase,
      switch: z
        .array(
          z
            .record(z.string(), switchCase())
            .refine((item) => Object.keys(item).length === 1, 'Expected one name with one case.'),
        )
        .min(1, 'Expected at least one case.'),
    }),
  compile(site, source) {
    const cases = source.switch.flatMap((item, index) =>
      Object.entries(item).map(([name, { when, then }]) => ({
        path: ['switch', index, name] as const,
        when: when === undefined ? undefined : compileCondition(site, when, ['switch', index, name, 'when']),
        next: compileDirective(site, then, ['switch', index, name, 'then']),
      })),
    );
    const defaults = cases.filter((item) => item.when === undefined);
    for (const extra of defaults.slice(1)) {
      site.compilation.report(
        [...site.path, ...extra.path],
        'There is another case without “when”; only one can be the default.',
        {
          hint: 'Give all cases but one a condition.',
        },
      );
    }
    return (frame) => {
      const matched = cases.find((item) => item.when?.(frame.input, frame)) ?? defaults[0];
      return { output: frame.input, next: matched?.next };
    };
  },
});
