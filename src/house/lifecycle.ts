import { type Clock, elapsed } from '../observe/clock.ts';

/** What a signal handler is installed on: the process, or an emitter in a test. */
export interface Signals {
  once(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
  exit(code: number): void;
}

/**
 * How long beyond the configured time a drain may take, and then the store: a database that does not answer keeps no process
 * alive, and what it was not told another one takes over.
 */
export const GRACE_MS = 2_000;

/** False when the work has not ended within `ms`; what it comes to later, nobody hears. */
export async function endsWithin(clock: Clock, ms: number, work: Promise<unknown>): Promise<boolean> {
  const tooLate = new AbortController();
  // The clock's timers keep no process alive, and with every socket closed a drain may wait for nothing else.
  const alive = setInterval(() => {}, ms + 1_000);
  try {
    return await Promise.race([work.then(() => true), elapsed(clock, ms, tooLate.signal).then(() => false)]);
  } finally {
    clearInterval(alive);
    tooLate.abort();
    work.catch(() => {});
  }
}

/** Keeps going until `ended`, or until what runs has failed, which rejects; stopped it is in either case. */
export async function runUntil(
  running: { stop(): Promise<void>; readonly failed?: Promise<never> },
  ended: Promise<void>,
): Promise<void> {
  const { failed } = running;
  try {
    await (failed === undefined ? ended : Promise.race([ended, failed]));
  } finally {
    await running.stop();
  }
}

/** 128 + SIGINT, as a shell reports it. */
const INTERRUPTED = 130;

/** Resolves at the first SIGINT or SIGTERM. A second one ends the process at once, for whoever does not want to wait for the drain. */
export function untilStopped(process: Signals): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        resolve();
        for (const again of ['SIGINT', 'SIGTERM'] as const) process.once(again, () => process.exit(INTERRUPTED));
      });
    }
  });
}
