import { z } from 'zod';
import { consumptionStrategy, readMode } from './events.ts';
import { useSchema } from './use.ts';
import { anyObject, duration, hostLabel, inputModel, outputModel, semver, timeoutOrName } from './values.ts';

/** Versions of the DSL that this runtime understands: 1.0.x, and what its main branch has added since. */
const SUPPORTED_DSL = /^1\.0\./;

/** @see https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#schedule */
const schedule = z
  .strictObject({
    every: duration.optional(),
    cron: z.string().optional(),
    after: duration.optional(),
    on: consumptionStrategy.optional(),
    read: readMode.optional(),
  })
  .refine((value) => value.read === undefined || value.on !== undefined, {
    error: '“read” says how the events of “on” are read; there is no “on”.',
    path: ['read'],
  });
export type Schedule = z.output<typeof schedule>;

/** Whatever its author likes, and beside it what this runtime is told in a definition. */
const metadata = z.looseObject({
  fairlead: z.strictObject({ lane: z.enum(['heads', 'latest', 'each']).optional() }).optional(),
});

/**
 * A whole definition. Properties of the DSL's later minors are refused; those outside of it are not known at the top level
 * only, where the DSL's own schema lets them be.
 *
 * @see https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#workflow
 */
export function workflowSchema(task: z.ZodType, taskList: z.ZodType<readonly unknown[]>) {
  return z.looseObject({
    document: z.strictObject({
      dsl: semver.refine(
        (version) => SUPPORTED_DSL.test(version),
        'This runtime understands DSL versions >=1.0.0 <1.1.',
      ),
      namespace: hostLabel,
      name: hostLabel,
      version: semver,
      title: z.string().optional(),
      summary: z.string().optional(),
      tags: anyObject.optional(),
      metadata: metadata.optional(),
    }),
    input: inputModel.optional(),
    use: useSchema(task, taskList).optional(),
    do: taskList,
    timeout: timeoutOrName.optional(),
    output: outputModel.optional(),
    schedule: schedule.optional(),
    evaluate: z
      .strictObject({ language: z.string().optional(), mode: z.enum(['strict', 'loose']).optional() })
      .optional(),
  });
}

export type WorkflowSource = z.output<ReturnType<typeof workflowSchema>>;
