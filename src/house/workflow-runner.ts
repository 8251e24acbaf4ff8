/** The engine and the runner over it, as every process that runs workflows puts them together. */
import { randomUUID } from 'node:crypto';
import type { Broker } from '../broker/broker.ts';
import type { Config } from '../config.ts';
import type { Event } from '../events/event.ts';
import type { Clock } from '../observe/clock.ts';
import type { Logger } from '../observe/log.ts';
import { laneOf } from '../runner/lane.ts';
import { createOwnEvents, type OwnEvents } from '../runner/own-events.ts';
import { createRunner, type Runner } from '../runner/runner.ts';
import type { Notes } from '../store/store.ts';
import type { Caller } from '../workflow/caller.ts';
import { createEngine } from '../workflow/engine.ts';
import type { Journal } from '../workflow/journal.ts';
import { checkedEvent } from './checked-event.ts';
import { type DefinitionTable, toStarter } from './definitions.ts';

interface WorkflowRunnerDependencies {
  readonly journal: Journal;
  readonly notes: Notes;
  readonly broker: Pick<Broker, 'publish'>;
  readonly definitions: DefinitionTable;
  readonly caller: Caller;
  readonly clock: Clock;
  readonly log: Logger;
  readonly crashPoint?: (name: string) => void;
}

/** `own` is to be told the bot's login before the runner starts. */
export function createWorkflowRunner(
  dependencies: WorkflowRunnerDependencies,
  config: { readonly botLogin: string | undefined; readonly lifecycle: Config['lifecycleEvents'] },
): { readonly runner: Runner; readonly own: OwnEvents } {
  const { journal, notes, broker, definitions, caller, clock, log, crashPoint } = dependencies;
  const bus = { publish: async (event: Event) => void (await broker.publish(checkedEvent(event))) };
  const { lifecycle } = config;
  const engine = createEngine({
    journal,
    clock,
    bus,
    definitions,
    caller,
    log,
    lifecycle,
    ...(crashPoint === undefined ? {} : { crashPoint }),
  });
  const own = createOwnEvents(config.botLogin);
  const runner = createRunner(
    { journal, engine, notes, clock, log, laneOf, isOwn: own.isOwn },
    { owner: `${process.pid}-${randomUUID()}`, starters: definitions.all.map(toStarter) },
  );
  return { runner, own };
}
