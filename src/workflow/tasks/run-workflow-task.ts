import { isObject, type Json } from '../../expression/json.ts';
import { requireAlive } from '../alive.ts';
import { faultFromJson, standardFault } from '../fault.ts';
import type { TaskFrame } from '../frame.ts';
import type { RunRecord } from '../journal.ts';
import type { KnownDefinition } from '../ports.ts';
import { newRunId } from '../run-id.ts';
import type { Perform, Site } from '../site.ts';
import { compileValue } from '../template.ts';

interface SubFlow {
  readonly namespace: string;
  readonly name: string;
  readonly version: string;
  readonly input?: object | undefined;
}

/** Type under which a run is told that the sub-flow it waits for has ended. Never on the event bus. */
export function endedType(runId: string): string {
  return `fairlead.run.ended/${runId}`;
}

/** How deep in sub-flows a run is, by its key. */
function depthOf(record: RunRecord): number {
  return Number(/^sub (\d+) /.exec(record.key)?.[1] ?? 0);
}

/**
 * Runs another workflow as a run of its own, created once per execution of the task. With `await` (the default) its output
 * is the task's output and its fault the task's fault; without, the task's input is handed on. Without `input` the
 * sub-flow is given the task's input.
 *
 * @see https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#workflow-process
 */
export function runWorkflowTask(site: Site, source: SubFlow, awaits: boolean): Perform {
  const input = source.input === undefined ? undefined : compileValue(site, source.input, ['run', 'workflow', 'input']);
  return async (frame) => {
    const { run, world } = frame;
    // A retried run does not wait for the sub-flow that has failed: it has another one.
    const position = run.inGeneration(frame.position);
    const child = find(frame, source);
    const known = run.factOf('child', position)?.body as string | undefined;
    const id = known ?? newRunId(run.now(), world.random);
    if (known === undefined) {
      await run.commit(position, 'child', id, { waits: awaits ? [{ position, type: endedType(id) }] : [] });
      requireAlive(frame);
    }
    world.crashPoint('workflow.run.before-create', position);
    await world.journal.keepDefinition(child.ref, child.text, run.now());
    const depth = depthOf(run.claimed.record) + 1;
    if (depth > world.limits.depth) {
      throw standardFault('runtime', 'Too deep', `Sub-flows may be nested ${world.limits.depth} deep.`);
    }
    await world.journal.create({
      tenant: run.tenant,
      id,
      definition: child.ref,
      key: `sub ${depth} ${run.id}${position}`,
      input: input === undefined ? frame.input : input(frame.input, frame),
      createdAt: run.now(),
      ...(awaits ? { parent: { runId: run.id, position } } : {}),
    });
    world.crashPoint('workflow.run.after-create', position);
    requireAlive(frame);
    if (!awaits) return { output: frame.input };
    const ended = known === undefined ? undefined : await readEnd(frame, id);
    requireAlive(frame);
    return { output: toOutput(ended ?? (await hearEnd(frame, id)), id) };
  };
}

function find(frame: TaskFrame, { namespace, name, version }: SubFlow): KnownDefinition {
  const found = frame.world.definitions.byName(namespace, name, version);
  if (found !== undefined) return found;
  const detail = `There is no workflow ${namespace}/${name} ${version} here.`;
  throw standardFault('configuration', 'Unknown workflow', detail);
}

/** The child may have ended while its parent was not listening. */
async function readEnd(frame: TaskFrame, id: string): Promise<Json | undefined> {
  const { record } = (await frame.world.journal.read(frame.run.tenant, id)) ?? {};
  if (record?.status !== 'completed' && record?.status !== 'faulted' && record?.status !== 'cancelled')
    return undefined;
  return describeEnd(record.status, record.output ?? null, record.fault ?? null);
}

/** What a parent is told of a child's end. */
export function describeEnd(status: string, output: Json, fault: Json): Json {
  return status === 'completed' ? { status, output } : { status, fault };
}

async function hearEnd(frame: TaskFrame, id: string): Promise<Json> {
  const { run } = frame;
  const position = run.inGeneration(frame.position);
  const heard = run.factOf('heard', position);
  if (heard !== undefined) return heard.body;
  let end: { readonly event: Json; readonly sequence: number } | undefined;
  const listener = {
    type: endedType(id),
    offer(given: { readonly event: Json; readonly sequence: number; readonly type?: string }) {
      if (!isObject(given.event) || given.event.runId !== id) return false;
      end = given;
      return true;
    },
  };
  await run.listen(frame.strand, position, [listener], () => end !== undefined);
  requireAlive(frame);
  const { event, sequence } = end as unknown as { readonly event: Json; readonly sequence: number };
  run.note(position, 'heard', event);
  run.consume(sequence);
  return event;
}

function toOutput(end: Json, id: string): Json {
  const { status, output, fault } = end as { readonly [key: string]: Json };
  if (status === 'completed') return output ?? null;
  if (status === 'faulted') throw faultFromJson(withoutInstance(fault ?? null));
  throw standardFault('runtime', 'Sub-flow cancelled', `The run ${id} was cancelled.`);
}

/** The fault's place in the child means nothing in the parent: it gets the place of the task that runs the child. */
function withoutInstance(fault: Json): Json {
  if (!isObject(fault)) return fault;
  const { instance: _inChild, ...rest } = fault;
  return rest;
}
