/** One function as a Knative Function of its own: what `functions/dist/index.js` exports (`npm run bundle:function`). */
import { readEnvironment, readServiceConfig } from '../config.ts';
import { createEventGuard } from '../house/event-guard.ts';
import { createKnativeFunction, type Handle } from '../house/knative-function.ts';
import { createFunctionsCaller } from '../house/roles/functions-caller.ts';
import { systemClock } from '../observe/clock.ts';
import { createLogger } from '../observe/log.ts';
import { createMetrics } from '../observe/metrics.ts';
import { openPostgresStore, type PostgresStore } from '../store/postgres.ts';

interface Running {
  readonly handle: Handle;
  readonly store: PostgresStore;
}

let running: Promise<Running> | undefined;

async function open(): Promise<Running> {
  const config = readServiceConfig(readEnvironment(), 'functions');
  const clock = systemClock;
  const log = createLogger({ level: config.logLevel }).child({ function: config.operation });
  const store = await openPostgresStore({ url: config.storePath });
  const { caller } = createFunctionsCaller({ store, clock, log, metrics: createMetrics() }, config);
  const eventGuard = createEventGuard({ clock, log }, config);
  return { handle: createKnativeFunction({ caller, clock, log, eventGuard }, config), store };
}

/** Before the runtime listens: a function that cannot work does not start. */
export async function init(): Promise<void> {
  running ??= open();
  await running;
}

export const handle: Handle = async (context, input) => {
  running ??= open();
  return (await running).handle(context, input);
};

export async function shutdown(): Promise<void> {
  const open = running;
  running = undefined;
  await (await open)?.store.close();
}
