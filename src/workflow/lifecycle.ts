import type { Event } from '../events/event.ts';
import { NO_TENANT, TENANT_ATTRIBUTE } from '../events/event.ts';
import type { Json } from '../expression/json.ts';
import { readChronicle, type Telling } from './chronicle.ts';
import type { ClaimedRun, Entry, RunRecord } from './journal.ts';
import type { EventBus } from './ports.ts';

/** `all` adds the optional status-changed events to those that the specification requires. */
export type LifecycleMode = 'off' | 'required' | 'all';

/**
 * Tells the event bus of changes of phase. What there is to tell follows from the journal (see {@link readChronicle}), and an
 * event's id and content with it: none is lost in a crash, and what is told again changes nothing.
 *
 * @see https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#lifecycle-events
 */
export interface Lifecycle {
  /** The voice of one claimed run. */
  open(claimed: ClaimedRun, writing: Writing): Teller;
  /** Tells what is in a run's journal and may not have been told; for who has lost the run and will not write to it. */
  retell(record: RunRecord, entries: readonly Entry[]): Promise<void>;
}

/** How the teller of a run writes to its journal. */
export interface Writing {
  note(position: string, kind: 'begun', body: Json): Entry;
  /** Resolves once everything noted is durable. */
  flush(): Promise<void>;
  /** What cannot be told now is told by whoever goes on with the run. */
  fail(error: unknown): void;
}

/** Of one execution of a task. */
interface Place {
  readonly position: string;
  readonly site: { readonly pointer: string };
  /** When the step before was recorded. */
  readonly since: number;
}

export interface Teller {
  /** Tells what the claim before this one may not have come to tell, and of a run that starts that it does. */
  begin(isStarting: boolean): Promise<void>;
  /** Records that the task begins, unless an earlier claim has, and tells it. */
  beginTask(task: Place): Promise<void>;
  /**
   * Takes an entry that was noted just now, in the order of the journal, and tells what follows from it once it is durable.
   */
  follow(entry: Entry): Promise<void>;
  /** That the task begins to correlate events, or has done: of the workflow, by the specification. */
  correlate(task: Place, phase: 'started' | 'completed', data?: Telling['data']): Promise<void>;
  /** Resolves once nothing is left to tell. */
  settled(): Promise<void>;
}

const STATUS: Readonly<Record<string, string>> = {
  created: 'pending',
  started: 'running',
  resumed: 'running',
  retried: 'running',
};

const DONE = Promise.resolve();

const PREFIX = 'io.serverlessworkflow.';

/** A correlation is no phase of its own: the run is waiting before and after it. */
const CORRELATION = 'correlation-';

export function createLifecycle(mode: Exclude<LifecycleMode, 'off'>, bus: EventBus): Lifecycle {
  function publish(record: RunRecord, { of, phase, place, at, data }: Telling): readonly Promise<void>[] {
    const { definition, id, tenant } = record;
    const time = new Date(at).toISOString();
    const run = `${definition.name}-${id}.${definition.namespace}`;
    const named = of === 'workflow' ? { name: run, ...data } : { workflow: run, ...data };
    const event = (what: string, mark: string, own: { readonly [key: string]: Json }): Event => ({
      specversion: '1.0',
      id: `${id}${place}#${phase}${mark}`,
      source: `/workflows/${definition.namespace}/${definition.name}`,
      type: `${PREFIX}${of}.${what}.v1`,
      time,
      subject: id,
      datacontenttype: 'application/json',
      data: { ...named, ...own },
      ...(tenant === NO_TENANT ? {} : { [TENANT_ATTRIBUTE]: tenant }),
    });
    const told = [bus.publish(event(phase, '', { [`${phase.replace(CORRELATION, '')}At`]: time }))];
    if (mode === 'all' && !phase.startsWith(CORRELATION)) {
      const status = STATUS[phase] ?? phase;
      told.push(bus.publish(event('status-changed', '!', { updatedAt: time, status })));
    }
    return told;
  }

  function open({ record, entries }: ClaimedRun, { note, flush, fail }: Writing): Teller {
    const { chronicle, untold } = readChronicle(entries);
    let handed: Promise<unknown> = Promise.resolve();
    let settled: Promise<void> = Promise.resolve();

    /** The bus is handed the events in their order, and may take them together. */
    function tell(tellings: readonly Telling[]): Promise<void> {
      if (tellings.length === 0) return DONE;
      const durable = flush();
      const sent = handed.then(() => durable).then(() => tellings.flatMap((telling) => publish(record, telling)));
      handed = sent.catch(() => {});
      const told = sent.then((all) => Promise.all(all)).then(() => {});
      told.catch(fail);
      settled = settled.then(() => told);
      settled.catch(() => {});
      return told;
    }

    return {
      begin(isStarting) {
        if (!isStarting || !chronicle.isNew()) return tell(untold);
        const { name, namespace, version } = record.definition;
        const definition = { name, namespace, version };
        const at = record.startedAt ?? record.createdAt;
        return tell([...untold, { of: 'workflow', phase: 'started', place: '', at, data: { definition } }]);
      },
      beginTask({ position, site }) {
        if (chronicle.isUnderWay(position)) return DONE;
        return tell(chronicle.follow(note(position, 'begun', site.pointer)));
      },
      follow: (entry) => tell(chronicle.follow(entry)),
      correlate({ position, since }, phase, data = {}) {
        const place = chronicle.inGeneration(position);
        return tell([{ of: 'workflow', phase: `${CORRELATION}${phase}`, place, at: since, data }]);
      },
      settled: () => settled,
    };
  }

  return {
    open,
    async retell(record, entries) {
      await Promise.all(readChronicle(entries).untold.flatMap((telling) => publish(record, telling)));
    },
  };
}
