import { FairleadError } from '../events/fairlead-error.ts';
import type { Json } from '../expression/json.ts';
import { requireAlive } from './alive.ts';
import type { Failed } from './chronicle.ts';
import { compileDataSchema, type DataCheck } from './data-schema.ts';
import { standardFault, timedOut, toFault, WorkflowFault } from './fault.ts';
import { compileDirective } from './flow.ts';
import type { Frame, TaskFrame } from './frame.ts';
import { exceeds } from './payload.ts';
import type { Run } from './run.ts';
import type { DataSchema, TaskBase } from './schema/values.ts';
import type { CompiledTask, Perform, Result, Site, TaskResult, Walked } from './site.ts';
import { type Condition, compileCondition, compileTransformation, type Template } from './template.ts';
import { compileTimeout } from './timeout.ts';

/**
 * What the specification puts around every task: `if`, input, timeout, output, export, `then`, in this order, and the
 * record of the outcome. A task whose outcome is recorded is not executed; its outcome is handed on.
 *
 * @see https://github.com/open-workflow-specification/specification/blob/main/dsl.md#data-flow
 */
export function compileTask(
  site: Site,
  kind: { readonly kind: string; readonly isComposite: boolean; readonly isDerived?: true },
  suffix: string,
  base: TaskBase,
  perform: Perform,
): CompiledTask {
  const condition = base.if === undefined ? undefined : compileCondition(site, base.if, ['if']);
  const input = compileStage(site, base.input?.schema, base.input?.from, ['input'], 'from');
  const output = compileStage(site, base.output?.schema, base.output?.as, ['output'], 'as');
  const exported =
    base.export && compileStage(site, base.export.schema, base.export.as ?? '$context', ['export'], 'as');
  // An expression of its own may say something else the next time: `now` does.
  const isPlain = [base.if, input, output, exported].every((own) => own === undefined);
  const isDerived = kind.isDerived === true && isPlain;
  const timeout = base.timeout === undefined ? undefined : compileTimeout(site, base.timeout, ['timeout']);
  const next = compileDirective(site, base.then, ['then']);
  // Nothing comes after it that could have an effect: its outcome is written in one commit with the run's end.
  const closesRun = site.path.length === 3 && site.path[0] === 'do' && site.path[1] === site.siblings.length - 1;

  return {
    site,
    kind: kind.kind,
    suffix,
    execute(frame, position, rawInput) {
      const recorded = frame.run.outcomeOf(position, rawInput);
      return recorded === undefined ? execute(frame, position, rawInput) : { ...recorded, isNew: false };
    },
  };

  async function execute(frame: Frame, position: string, rawInput: Json): Promise<TaskResult> {
    const { run, world } = frame;
    if (run.teller !== undefined) throwIfFailed(run, position);
    await admit(frame);
    const task: TaskFrame = {
      ...frame,
      position,
      site,
      rawInput,
      startedAt: run.now(),
      input: rawInput,
      rawOutput: undefined,
      output: undefined,
      authorization: undefined,
    };
    try {
      run.step();
      if (!isDue(condition, task)) {
        const { at } = run.note(position, 'done', {});
        return { output: rawInput, at, isNew: true };
      }
      if (run.teller !== undefined) await run.teller.beginTask(task);
      await input?.check?.(rawInput, task, 'The input');
      if (input !== undefined) task.input = input.transform(rawInput, task);
      const result = await bounded(task);
      task.rawOutput = result.output;
      task.output = output === undefined ? result.output : output.transform(result.output, task);
      await output?.check?.(task.output, task, 'The output');
      if (exceeds(task.output, world.limits.payload)) {
        const detail = `The output is larger than ${world.limits.payload} characters of JSON, the limit.`;
        throw standardFault('runtime', 'Payload too large', detail);
      }
      const context = exported === undefined ? undefined : exported.transform(task.output, task);
      if (context !== undefined) await exported?.check?.(context, task, 'The exported context');
      requireAlive(task);
      const outcome: Result = { output: task.output, next: result.next ?? next };
      if (context !== undefined) run.context = context;
      const walked = isDerived && run.teller === undefined ? result.walked : undefined;
      const at = await record(task, outcome, context, walked);
      return { ...outcome, at, isNew: walked?.isNew ?? true };
    } catch (error) {
      if (error instanceof FairleadError && error.code.startsWith('store.')) run.fail(error);
      requireAlive(task);
      const fault = toFault(error, site.pointer);
      if (run.teller !== undefined) await run.teller.follow(run.note(position, 'failed', toFailed(fault)));
      throw fault;
    }
  }

  function bounded(task: TaskFrame): Result | Promise<Result> {
    if (timeout === undefined) return perform(task);
    const due = task.run.deadline(task.position, timeout(task.input, task));
    return task.run.strands.within(
      task.strand,
      due,
      async (strand) => {
        const inner = { ...task, strand };
        const result = await perform(inner);
        task.authorization = inner.authorization;
        return result;
      },
      () => timedOut(site.pointer),
    );
  }

  /** @param walked where the outcome is that of a list of tasks and nothing else */
  async function record(
    task: TaskFrame,
    outcome: Result,
    context: Json | undefined,
    walked: Walked | undefined,
  ): Promise<number> {
    const { run, position, world } = task;
    const { teller } = run;
    const body = {
      // What is told of it is told from here.
      ...(outcome.output === task.rawInput && teller === undefined ? {} : { output: outcome.output }),
      ...(outcome.next === 'continue' || outcome.next === undefined ? {} : { next: outcome.next }),
      ...(context === undefined ? {} : { context }),
    };
    const isCommitted = !(kind.isComposite || (closesRun && typeof outcome.next !== 'number'));
    if (isCommitted) world.crashPoint('workflow.task.before-commit', position);
    const entry = run.note(position, 'done', body, walked === undefined ? {} : { derivedAt: walked.at });
    const telling = teller?.follow(entry);
    if (isCommitted) {
      await run.flush();
      world.crashPoint('workflow.task.after-commit', position);
    }
    if (telling !== undefined) await telling;
    if (isCommitted) requireAlive(task);
    return entry.at;
  }
}

function toFailed({ fault, retryAfter }: WorkflowFault): Json {
  const failed: Failed = retryAfter === undefined ? { fault } : { fault, retryAfter };
  return failed as unknown as Json;
}

/** What has been told of it stands: a task that an earlier claim saw fail has failed. */
function throwIfFailed(run: Run, position: string): void {
  const failed = run.factOf('failed', position)?.body as Failed | undefined;
  if (failed !== undefined) throw new WorkflowFault(failed.fault, { retryAfter: failed.retryAfter });
}

/** Lets a task begin: deadlines that have passed come first, and a run that is being suspended begins nothing more. */
async function admit(frame: Frame): Promise<void> {
  frame.run.strands.expire();
  requireAlive(frame);
  if (frame.run.isSuspending()) await frame.run.strands.rest(frame.strand, () => {});
}

function isDue(condition: Condition | undefined, task: TaskFrame): boolean {
  return condition === undefined || condition(task.rawInput, task);
}

interface Stage {
  readonly check: DataCheck | undefined;
  readonly transform: Template;
}

function compileStage(
  site: Site,
  schema: DataSchema | undefined,
  transformation: string | object | undefined,
  below: readonly string[],
  field: string,
): Stage | undefined {
  if (schema === undefined && transformation === undefined) return undefined;
  return {
    check: schema === undefined ? undefined : compileDataSchema(site, schema, [...below, 'schema']),
    transform:
      transformation === undefined ? (value) => value : compileTransformation(site, transformation, [...below, field]),
  };
}
