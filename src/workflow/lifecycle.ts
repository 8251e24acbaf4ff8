import type { Event } from '../events/event.ts';
import { NO_TENANT, TENANT_ATTRIBUTE } from '../events/event.ts';
import type { Json } from '../expression/json.ts';
import type { TaskFrame, TaskPhase } from './frame.ts';
import type { RunChange } from './journal.ts';
import type { EventBus } from './ports.ts';
import type { Run } from './run.ts';

/** `all` adds the optional status-changed events to those that the specification requires. */
export type LifecycleMode = 'off' | 'required' | 'all';

export type WorkflowPhase = 'started' | 'suspended' | 'resumed' | 'cancelled' | 'faulted' | 'completed';

/**
 * Tells the event bus of changes of phase. Events are published before the change is committed and their ids follow from run
 * and task, so that none is lost in a crash and none is doubled by the restart.
 *
 * Which tasks are under way is kept in {@link Run.open}: what is still there below a task or workflow that ends was cancelled
 * with it, and what is there when the run is suspended is suspended with it.
 *
 * @see https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#lifecycle-events
 */
export interface Lifecycle {
  workflow(run: Run, phase: WorkflowPhase, at: number, change?: RunChange): Promise<void>;
  task(frame: TaskFrame, phase: TaskPhase, data?: { readonly [key: string]: Json }): Promise<void>;
  /** The run and its open tasks are held, or go on. `which` tells one suspension of the run from the others. */
  hold(run: Run, phase: 'suspended' | 'resumed', which: string, at: number): Promise<void>;
}

const STATUS: Readonly<Record<string, string>> = {
  created: 'pending',
  started: 'running',
  resumed: 'running',
  retried: 'running',
};

const PREFIX = 'io.serverlessworkflow.';

/** What an event tells of: the run, or the task at the place. */
interface Subject {
  readonly of: 'workflow' | 'task';
  /** Follows the run's id in the event's. */
  readonly place: string;
  readonly data: { readonly [key: string]: Json };
}

export function createLifecycle(mode: LifecycleMode, bus: EventBus): Lifecycle {
  const done = Promise.resolve();

  async function publish({ claimed: { record } }: Run, subject: Subject, phase: string, at: number): Promise<void> {
    const { of, place, data } = subject;
    const time = new Date(at).toISOString();
    const event = (what: string, own: { readonly [key: string]: Json }): Event => ({
      specversion: '1.0',
      id: `${record.id}${place}#${what}`,
      source: `/workflows/${record.definition.namespace}/${record.definition.name}`,
      type: `${PREFIX}${of}.${what}.v1`,
      time,
      subject: record.id,
      datacontenttype: 'application/json',
      data: own,
      ...(record.tenant === NO_TENANT ? {} : { [TENANT_ATTRIBUTE]: record.tenant }),
    });
    await bus.publish(event(phase, { ...data, [`${phase.replace('correlation-', '')}At`]: time }));
    // A correlation is no phase of its own: the run is waiting before and after it.
    if (mode === 'all' && !phase.startsWith('correlation-')) {
      const status = STATUS[phase] ?? phase;
      await bus.publish({
        ...event('status-changed', { ...data, updatedAt: time, status }),
        id: `${record.id}${place}#${phase}!`,
      });
    }
  }

  function workflowAt(run: Run, place: string, data: Subject['data'] = {}): Subject {
    return { of: 'workflow', place: run.inGeneration(place), data: { name: qualifiedName(run), ...data } };
  }

  function taskAt(run: Run, position: string, pointer: string, data: Subject['data'] = {}): Subject {
    const place = run.inGeneration(position);
    return { of: 'task', place, data: { workflow: qualifiedName(run), task: pointer, ...data } };
  }

  /** Tells of the cancellation of all that is open below the position, the innermost first. */
  async function cancelBelow(run: Run, position: string, at: number): Promise<void> {
    for (const [inner, pointer] of [...run.open].reverse()) {
      if (!isBelow(inner, position)) continue;
      run.open.delete(inner);
      await publish(run, taskAt(run, inner, pointer), 'cancelled', at);
    }
  }

  return {
    async workflow(run, phase, at, change) {
      if (mode === 'off') return;
      const { name, namespace, version } = run.claimed.record.definition;
      if (phase !== 'started') await cancelBelow(run, '', at);
      const data = {
        ...(phase === 'started' ? { definition: { name, namespace, version } } : {}),
        ...(change?.status === 'completed' ? { output: change.output } : {}),
        ...(change?.status === 'faulted' ? { error: change.fault } : {}),
      };
      await publish(run, workflowAt(run, '', data), phase, at);
    },
    async hold(run, phase, which, at) {
      if (mode === 'off') return;
      for (const [position, pointer] of run.open) await publish(run, taskAt(run, position + which, pointer), phase, at);
      await publish(run, workflowAt(run, which), phase, at);
    },
    task(frame, phase, data = {}) {
      if (mode === 'off') return done;
      const { run, position, site, since } = frame;
      if (phase === 'correlation-started' || phase === 'correlation-completed')
        return publish(run, workflowAt(run, position, data), phase, since);
      const subject = taskAt(run, position, site.pointer, data);
      if (phase === 'started') run.open.set(position, site.pointer);
      if (!ENDS.has(phase) || run.open.size === 0) return publish(run, subject, phase, since);
      run.open.delete(position);
      return cancelBelow(run, position, since).then(() => publish(run, subject, phase, since));
    },
  };
}

const ENDS: ReadonlySet<TaskPhase> = new Set<TaskPhase>(['completed', 'faulted', 'cancelled']);

function qualifiedName({ claimed: { record } }: Run): string {
  return `${record.definition.name}-${record.id}.${record.definition.namespace}`;
}

/** Positions of what lies within a task go on after the task's own with a step, or with an attempt or call of it. */
export function isBelow(inner: string, outer: string): boolean {
  return inner.startsWith(outer) && (inner[outer.length] === '/' || inner[outer.length] === '~');
}
