import type { Event } from '../events/event.ts';
import { NO_TENANT, TENANT_ATTRIBUTE } from '../events/event.ts';
import type { Json } from '../expression/json.ts';
import type { TaskFrame, TaskPhase } from './frame.ts';
import type { RunChange, RunRecord } from './journal.ts';
import type { EventBus } from './ports.ts';

/** `all` adds the optional status-changed events to those that the specification requires. */
export type LifecycleMode = 'off' | 'required' | 'all';

export type WorkflowPhase = 'started' | 'suspended' | 'resumed' | 'cancelled' | 'faulted' | 'completed';

/**
 * Tells the event bus of changes of phase. Events are published before the change is committed and their ids follow from run
 * and task, so that none is lost in a crash and none is doubled by the restart.
 *
 * @see https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#lifecycle-events
 */
export interface Lifecycle {
  workflow(record: RunRecord, phase: WorkflowPhase, at: number, change: RunChange | undefined): Promise<void>;
  task(frame: TaskFrame, phase: TaskPhase, data?: { readonly [key: string]: Json }): Promise<void>;
}

const STATUS: Readonly<Record<string, string>> = {
  created: 'pending',
  started: 'running',
  resumed: 'running',
  retried: 'running',
};

const PREFIX = 'io.serverlessworkflow.';

export function createLifecycle(mode: LifecycleMode, bus: EventBus): Lifecycle {
  const done = Promise.resolve();

  async function publish(
    record: RunRecord,
    of: 'workflow' | 'task',
    place: string,
    phase: string,
    time: string,
    data: { readonly [key: string]: Json },
  ): Promise<void> {
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

  return {
    workflow(record, phase, at, change) {
      if (mode === 'off') return done;
      const { namespace, name, version } = record.definition;
      const qualified = `${name}-${record.id}.${namespace}`;
      return publish(record, 'workflow', '', phase, new Date(at).toISOString(), {
        name: qualified,
        ...(phase === 'started' ? { definition: { name, namespace, version } } : {}),
        ...(change?.status === 'completed' ? { output: change.output } : {}),
        ...(change?.status === 'faulted' ? { error: change.fault } : {}),
      });
    },
    task(frame, phase, data = {}) {
      if (mode === 'off') return done;
      const { record } = frame.run.claimed;
      const { namespace, name } = record.definition;
      const place = frame.position;
      const qualified = `${name}-${record.id}.${namespace}`;
      if (phase === 'correlation-started' || phase === 'correlation-completed')
        return publish(record, 'workflow', place, phase, new Date(frame.since).toISOString(), {
          name: qualified,
          ...data,
        });
      return publish(record, 'task', place, phase, new Date(frame.since).toISOString(), {
        workflow: qualified,
        task: frame.site.pointer,
        ...data,
      });
    },
  };
}
