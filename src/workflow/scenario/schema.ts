import { z } from 'zod';
import type { Json } from '../../expression/json.ts';

const json = z.json() as unknown as z.ZodType<Json>;
const attributes = z
  .looseObject({ type: z.string() })
  .describe('Attributes of a CloudEvent; `id`, `source` and `specversion` have defaults.');

const fails = z.strictObject({
  status: z.int().min(400).max(599),
  type: z.string().optional(),
  title: z.string().optional(),
  detail: z.string().optional(),
});

/** What stands in for the world: one call, and how it is answered. */
const mock = z
  .strictObject({
    operation: z.string().optional().describe('Answers `call: openapi` of this operationId.'),
    http: z
      .string()
      .regex(/^[A-Z]+ \S+$/, 'must be a method and a URL, such as "GET https://example.com/pets"')
      .optional(),
    with: json.optional().describe('Only calls whose arguments (or JSON body) contain this.'),
    returns: json.optional(),
    fails: fails.optional(),
    times: z.int().positive().optional().describe('How many calls it answers. All of them without it.'),
  })
  .refine(
    (one) => (one.operation === undefined) !== (one.http === undefined),
    'names either an operation or an http request',
  )
  .refine((one) => one.returns === undefined || one.fails === undefined, 'either returns or fails');

const scenario = z.strictObject({
  name: z.string().min(1),
  given: z
    .strictObject({
      input: json.optional(),
      event: attributes.optional().describe('Starts the run, as `schedule.on` would have it.'),
      events: z.array(attributes).max(1000).default([]).describe('Offered to tasks that listen, in this order.'),
      calls: z.array(mock).max(1000).default([]),
      secrets: z.record(z.string(), json).default({}),
    })
    .refine((given) => given.input === undefined || given.event === undefined, 'either input or event')
    .prefault({}),
  expect: z.strictObject({
    status: z.enum(['completed', 'faulted']).default('completed'),
    path: z
      .array(z.string())
      .optional()
      .describe('Names of the tasks that ended, in that order; those of loops once for each turn.'),
    calls: z
      .array(z.strictObject({ operation: z.string().optional(), http: z.string().optional(), with: json.optional() }))
      .optional()
      .describe('All calls that were made, in this order; `with` is contained in their arguments.'),
    output: json.optional().describe('Exactly this.'),
    outputContains: json.optional(),
    emits: z
      .array(z.looseObject({}))
      .optional()
      .describe('All events that were emitted, in this order; each contains this.'),
    fault: json.optional().describe('The fault contains this.'),
  }),
});

/** A file of scenarios: by convention `<workflow>.test.yaml` beside the definition. */
export const scenarioFileSchema = z.strictObject({
  workflow: z.string().describe('Path of the definition, from this file.'),
  workflows: z.array(z.string()).default([]).describe('Definitions that it runs as sub-flows.'),
  scenarios: z.array(scenario).min(1),
});

export type ScenarioFile = z.output<typeof scenarioFileSchema>;
export type Scenario = ScenarioFile['scenarios'][number];
export type Mock = Scenario['given']['calls'][number];
