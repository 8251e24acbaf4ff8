import { z } from 'zod';
import type { Json } from '../../expression/json.ts';
import { requireAlive } from '../alive.ts';
import { type Fault, faultToJson, sameErrorType, timedOut, toFault, type WorkflowFault } from '../fault.ts';
import { compileDirective, runList } from '../flow.ts';
import { bind, type TaskFrame } from '../frame.ts';
import { compileRetry } from '../retry.ts';
import { flowDirective, retryPolicy, taskBase } from '../schema/values.ts';
import type { Result } from '../site.ts';
import { compileCondition } from '../template.ts';
import { defineTask } from './kind.ts';

const errorFilter = () =>
  z
    .looseObject({
      type: z.string().optional(),
      status: z.int().optional(),
      instance: z.string().optional(),
      title: z.string().optional(),
      detail: z.string().optional(),
    })
    .refine((filter) => Object.keys(filter).length > 0, 'Expected at least one property to filter by.');

/**
 * Tasks whose faults are caught. A caught fault is first retried, as far as the policy goes; then `catch.do` runs, with the
 * fault in the variable named by `as`. A fault that was caught is recorded before anything follows from it, and so is the
 * time of the next attempt. With neither `do` nor `then` to go on with, a fault whose retries are used up is raised again;
 * one that was not to be retried is swallowed, and the task's input is its output.
 *
 * @see https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#try
 */
export const tryTask = defineTask({
  kind: 'try',
  extendedAs: 'try',
  keywords: ['try', 'catch'],
  isComposite: true,
  isDerived: true,
  schema: ({ taskList }) =>
    z.strictObject({
      ...taskBase,
      try: taskList,
      catch: z.strictObject({
        errors: z.looseObject({ with: errorFilter().optional() }).optional(),
        as: z.string().optional(),
        when: z.string().optional(),
        exceptWhen: z.string().optional(),
        retry: z.union([retryPolicy, z.string()]).optional(),
        do: taskList.optional(),
        // biome-ignore lint/suspicious/noThenProperty: the DSL's own word; these objects are never awaited.
        then: flowDirective.optional(),
      }),
    }),
  compile(site, source) {
    const clause = source.catch;
    const as = clause.as ?? 'error';
    const inner = { ...site, variables: [...site.variables, as] };
    const list = site.compilation.list(site, source.try, { path: ['try'] });
    const when = clause.when === undefined ? undefined : compileCondition(inner, clause.when, ['catch', 'when']);
    const exceptWhen =
      clause.exceptWhen === undefined ? undefined : compileCondition(inner, clause.exceptWhen, ['catch', 'exceptWhen']);
    const retry = clause.retry === undefined ? undefined : compileRetry(inner, clause.retry, ['catch', 'retry']);
    const handler = clause.do && site.compilation.list(site, clause.do, { path: ['catch', 'do'], variables: [as] });
    const then = clause.then === undefined ? undefined : compileDirective(site, clause.then, ['catch', 'then']);
    const filter = clause.errors?.with;

    function isCaught(fault: Fault, frame: TaskFrame): boolean {
      if (filter !== undefined && !matches(fault, filter)) return false;
      if (when !== undefined && !when(frame.input, frame)) return false;
      return exceptWhen === undefined || !exceptWhen(frame.input, frame);
    }

    async function attemptOnce(frame: TaskFrame, place: string): Promise<Result> {
      const limit = retry?.attemptLimit(frame);
      if (limit === undefined) return runList(list, frame, `${place}/try`, frame.input);
      return frame.run.strands.within(
        frame.strand,
        frame.run.deadline(`${place}~t`, limit),
        (strand) => runList(list, { ...frame, strand }, `${place}/try`, frame.input),
        () => timedOut(site.pointer),
      );
    }

    async function handle(frame: TaskFrame, place: string, error: Json): Promise<Result> {
      if (handler === undefined) return { output: frame.input, next: then };
      const bound = { ...frame, variables: bind(frame.variables, as, error) };
      const result = await runList(handler, bound, `${place}/catch/do`, frame.input);
      return { output: result.output, next: result.next ?? then };
    }

    return async (frame) => {
      const { run } = frame;
      let since = frame.startedAt;
      // Attempts of before the faulted run was retried: the policy counts anew.
      let spent = 0;
      for (let attempt = 1; ; attempt += 1) {
        const place = attempt === 1 ? frame.position : `${frame.position}~a${attempt}`;
        // What was caught before the run faulted is void when it is retried: what failed is tried again, not handled again.
        const handled = run.inGeneration(place);
        const caught = run.factOf('caught', handled);
        if (caught !== undefined) return handle(frame, handled, caught.body);
        const retried = run.factOf('retry', place)?.body as RetryBody | undefined;
        if (retried !== undefined) {
          if ((retried.generation ?? 0) === run.generation) since = retried.since;
          else spent = attempt;
          await run.strands.sleep(frame.strand, retried.due);
          continue;
        }
        const tried = { ...frame, attempt: Math.max(frame.attempt, attempt) };
        let fault: WorkflowFault;
        try {
          return await attemptOnce(tried, place);
        } catch (error) {
          requireAlive(frame);
          fault = toFault(error, site.pointer);
        }
        const error = faultToJson(fault.fault);
        const bound = { ...frame, variables: bind(frame.variables, as, error) };
        if (!isCaught(fault.fault, bound)) throw fault;
        const delay = retry?.delay({ fault, attempts: attempt - spent, elapsed: run.now() - since }, bound);
        if (delay === undefined) {
          if (retry !== undefined && handler === undefined && then === undefined) throw fault;
          await run.commit(handled, 'caught', error);
          requireAlive(frame);
          return handle(frame, handled, error);
        }
        const { generation } = run;
        const body: RetryBody = { due: run.now() + delay, since, error, ...(generation > 0 ? { generation } : {}) };
        const entry = run.note(place, 'retry', { ...body });
        const telling = run.teller?.follow(entry);
        await run.flush();
        await telling;
        requireAlive(frame);
        await run.strands.sleep(frame.strand, body.due);
        requireAlive(frame);
      }
    };
  },
});

interface RetryBody {
  readonly due: number;
  readonly since: number;
  readonly error: Json;
  /** How often the run had been retried; 0 where it is not said. */
  readonly generation?: number;
}

function matches(fault: Fault, filter: { readonly [key: string]: unknown }): boolean {
  return Object.entries(filter).every(([key, wanted]) =>
    key === 'type' && typeof wanted === 'string'
      ? sameErrorType(fault.type, wanted)
      : Reflect.get(fault, key) === wanted,
  );
}
