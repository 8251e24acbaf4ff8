import { z } from 'zod';
import { enclosed, uriTemplate } from './values.ts';

const eventShape = {
  id: z.string().optional(),
  source: z.union([uriTemplate, enclosed]).optional(),
  type: z.string().optional(),
  time: z.string().optional(),
  subject: z.string().optional(),
  datacontenttype: z.string().optional(),
  dataschema: z.union([uriTemplate, enclosed]).optional(),
  data: z.unknown().optional(),
};

/** Attributes of an event to emit; any more are extension attributes. */
export const emittedEvent = z.looseObject({ ...eventShape, type: z.string() });

const correlation = z.looseObject({ from: z.string(), expect: z.string().optional() });

/** @see https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#event-filter */
export const eventFilter = z.strictObject({
  with: z
    .looseObject(eventShape)
    .refine((attributes) => Object.keys(attributes).length > 0, 'Expected at least one attribute to filter by.'),
  correlate: z.record(z.string(), correlation).optional(),
});
export type EventFilterSource = z.output<typeof eventFilter>;

const all = z.strictObject({ all: z.array(eventFilter) });
const one = z.strictObject({ one: eventFilter });

/** The strategy that ends an `any … until`; it has no `until` of its own. */
const ending = z.union([all, z.strictObject({ any: z.array(eventFilter) }), one]);

/** @see https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#event-consumption-strategy */
export const consumptionStrategy = z.union([
  all,
  z.strictObject({ any: z.array(eventFilter), until: z.union([z.string(), ending]).optional() }),
  one,
]);
export type ConsumptionStrategy = z.output<typeof consumptionStrategy>;

export const readMode = z.enum(['data', 'envelope', 'raw']);
export type ReadMode = z.output<typeof readMode>;
