import { z } from 'zod';
import { type Event, NO_TENANT, TENANT_ATTRIBUTE } from '../../events/event.ts';
import type { Json } from '../../expression/json.ts';
import { requireAlive } from '../alive.ts';
import { standardFault } from '../fault.ts';
import { emittedEvent } from '../schema/events.ts';
import { taskBase } from '../schema/values.ts';
import { compileValue } from '../template.ts';
import { defineTask } from './kind.ts';

/**
 * Publishes a CloudEvent. Unless the definition says otherwise its `source` is the workflow's, its `id` follows from run
 * and task and its `time` from the step before, so that an event published again after a crash is the same event. The
 * event is the task's output.
 *
 * @see https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#emit
 */
export const emitTask = defineTask({
  kind: 'emit',
  extendedAs: 'emit',
  keywords: ['emit'],
  isComposite: false,
  schema: () =>
    z.strictObject({
      ...taskBase,
      emit: z.strictObject({ event: z.looseObject({ with: emittedEvent.optional() }) }),
    }),
  compile(site, source) {
    const attributes = compileValue(site, source.emit.event.with ?? {}, ['emit', 'event', 'with']);
    // The official schema lets an event without any attributes pass, although it asks for a type where there is one.
    if (!source.emit.event.with?.type)
      site.compilation.report([...site.path, 'emit', 'event', 'with', 'type'], 'The event has no type.', {
        hint: 'Name it under “with”, for example “type: com.example.order.placed.v1”: whoever consumes it goes by that.',
      });
    return async (frame) => {
      const { run, world, definition } = frame;
      const { namespace, name } = definition.ref;
      const given = attributes(frame.input, frame) as { readonly [key: string]: Json };
      const event = {
        specversion: '1.0',
        id: run.id + frame.position,
        source: `/workflows/${namespace}/${name}`,
        time: new Date(frame.since).toISOString(),
        ...withoutNulls(given),
        // An event belongs to the tenant of its run, whatever the definition says.
        ...(run.tenant === NO_TENANT ? {} : { [TENANT_ATTRIBUTE]: run.tenant }),
      };
      requireType(event);
      await run.secure();
      world.crashPoint('workflow.emit.before-publish', frame.position);
      await world.bus.publish(event);
      world.crashPoint('workflow.emit.after-publish', frame.position);
      requireAlive(frame);
      return { output: event as Json };
    };
  },
});

function requireType(event: object): asserts event is Event {
  const type: unknown = Reflect.get(event, 'type');
  if (typeof type === 'string' && type !== '') return;
  throw standardFault(
    'validation',
    'Event without a type',
    `The event’s type came to ${JSON.stringify(type ?? null)}.`,
  );
}

/** An attribute whose expression came to nothing is left out: CloudEvents has no null attributes. */
function withoutNulls(attributes: { readonly [key: string]: Json }): { readonly [key: string]: Json } {
  return Object.fromEntries(Object.entries(attributes).filter(([name, value]) => value !== null || name === 'data'));
}
