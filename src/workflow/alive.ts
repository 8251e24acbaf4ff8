import type { Frame } from './frame.ts';

/** Thrown to unwind a strand that was cancelled; nobody catches it but the strand's end. */
class Cancelled extends Error {
  override readonly name = 'Cancelled';
}

/** Everything a task does after waiting for something begins with this: its strand may have been cancelled meanwhile. */
export function requireAlive(frame: Frame): void {
  const { signal } = frame.strand.scope;
  if (signal.aborted) throw new Cancelled(String(signal.reason));
}
