import { z } from 'zod';
import type { Event } from '../../events/event.ts';
import type { Json } from '../../expression/json.ts';
import { requireAlive } from '../alive.ts';
import { compileConsumption, createCollector, readEvent } from '../consumption.ts';
import { compileDataSchema } from '../data-schema.ts';
import { runList } from '../flow.ts';
import { bind, type TaskFrame } from '../frame.ts';
import type { GivenEvent } from '../journal.ts';
import { consumptionStrategy, readMode } from '../schema/events.ts';
import { exportModel, outputModel, taskBase } from '../schema/values.ts';
import type { Result, Site } from '../site.ts';
import { compileTransformation } from '../template.ts';
import { defineTask } from './kind.ts';

/**
 * Waits for events. Its output is the array of those it has consumed, as `read` says, in their order. Each is recorded as
 * it is taken, and with `foreach` its tasks are done before the next is taken. Without `foreach.output` the array holds the
 * events; with it, what `output.as` makes of the output of `foreach.do`.
 *
 * @see https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#listen
 */
export const listenTask = defineTask({
  kind: 'listen',
  extendedAs: 'listen',
  keywords: ['listen'],
  isComposite: false,
  schema: ({ taskList }) =>
    z.strictObject({
      ...taskBase,
      listen: z.strictObject({ to: consumptionStrategy, read: readMode.optional() }),
      foreach: z
        .strictObject({
          item: z.string().optional(),
          at: z.string().optional(),
          do: taskList.optional(),
          output: outputModel.optional(),
          export: exportModel.optional(),
        })
        .optional(),
    }),
  compile(site, source) {
    const consumption = compileConsumption(site, source.listen.to, ['listen', 'to']);
    const read = source.listen.read ?? 'data';
    const each = source.foreach === undefined ? undefined : compileIteration(site, source.foreach);

    return async (frame) => {
      const { run, position } = frame;
      const collector = createCollector(consumption, read);
      const outputs: Json[] = [];
      const correlates = consumption.filters.some((filter) => filter.correlations.length > 0);
      if (correlates) await run.teller?.correlate(frame, 'started');
      for (let count = 1; !collector.isOver(); count += 1) {
        const place = `${position}~h${count}`;
        const recorded = run.factOf('heard', place)?.body as Json | undefined;
        let kind: 'counted' | 'ending' | undefined;
        let event = recorded as unknown as Event;
        if (recorded !== undefined) kind = collector.offer(event, frame);
        else {
          const offer = (given: GivenEvent): boolean => {
            kind = collector.offer(given.event as unknown as Event, frame);
            if (kind === undefined) return false;
            event = given.event as unknown as Event;
            run.note(place, 'heard', given.event);
            run.consume(given.sequence);
            return true;
          };
          const listeners = consumption.types.map((type, index) => ({
            type,
            offer: index === 0 ? offer : () => false,
          }));
          await run.listen(frame.strand, position, listeners, () => kind !== undefined);
          requireAlive(frame);
        }
        if (kind !== 'counted') continue;
        const value = readEvent(event, read);
        const result = each === undefined ? { output: value } : await each(frame, value, outputs.length);
        outputs.push(result.output);
        if (result.next === 'end') return { output: outputs, next: 'end' };
      }
      if (correlates) await run.teller?.correlate(frame, 'completed', { correlationKeys: collector.keys() });
      return { output: outputs };
    };
  },
});

interface Iteration {
  readonly item?: string | undefined;
  readonly at?: string | undefined;
  readonly do?: readonly unknown[] | undefined;
  readonly output?: z.output<typeof outputModel> | undefined;
  readonly export?: z.output<typeof exportModel> | undefined;
}

/** @see https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#subscription-iterator */
function compileIteration(
  site: Site,
  source: Iteration,
): (frame: TaskFrame, value: Json, index: number) => Promise<Result> {
  const item = source.item ?? 'item';
  const at = source.at ?? 'index';
  const variables = [item, at];
  const inner = { ...site, variables: [...site.variables, ...variables] };
  const list = source.do && site.compilation.list(site, source.do, { path: ['foreach', 'do'], variables });
  const output =
    source.output?.as === undefined
      ? undefined
      : compileTransformation(inner, source.output.as, ['foreach', 'output', 'as']);
  const check =
    source.output?.schema && compileDataSchema(inner, source.output.schema, ['foreach', 'output', 'schema']);
  const exported =
    source.export?.as === undefined
      ? undefined
      : compileTransformation(inner, source.export.as, ['foreach', 'export', 'as']);
  return async (frame, value, index) => {
    const { run } = frame;
    const place = `${frame.position}~i${index}`;
    const recorded = run.outcomeOf(place, value);
    if (recorded !== undefined) return recorded;
    const bound: TaskFrame = { ...frame, variables: bind(bind(frame.variables, item, value), at, index) };
    const done =
      list === undefined ? { output: value } : await runList(list, bound, `${place}/foreach/do`, frame.input);
    const transformed = output === undefined ? value : output(done.output, bound);
    await check?.(transformed, bound, 'The output');
    if (exported !== undefined) run.context = exported(transformed, { ...bound, output: transformed });
    run.note(place, 'done', {
      output: transformed,
      ...(done.next === 'end' ? { next: 'end' } : {}),
      ...(exported === undefined ? {} : { context: run.context }),
    });
    return { output: transformed, next: done.next };
  };
}
