/** What a signal handler is installed on: the process, or an emitter in a test. */
export interface Signals {
  once(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
  exit(code: number): void;
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
