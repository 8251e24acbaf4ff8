/**
 * Hears when another process has committed work (`LISTEN`), over a connection of its own that is opened when somebody
 * wants to know. While the connection is lost it is looked for again and again; once it is back, everything may have been
 * missed, and is announced.
 */
import type { Clock } from '../observe/clock.ts';
import type { Connect } from './postgres-connector.ts';
import type { Session } from './postgres-session.ts';
import type { NamedRun, Work } from './store.ts';

export interface Listener {
  /** As `Store.onWork`. */
  onWork(callback: (work: Work, run?: NamedRun) => void): () => void;
  close(): Promise<void>;
}

const AGAIN_MS = 1_000;

export function createListener(
  { connect, clock }: { readonly connect: Connect; readonly clock: Clock },
  { channel, sender }: { readonly channel: string; readonly sender: string },
): Listener {
  const callbacks = new Set<(work: Work, run?: NamedRun) => void>();
  let session: Session | undefined;
  let opening: Promise<void> | undefined;
  let isClosed = false;
  let cancelRetry = () => {};

  function announce(work: Work, run?: NamedRun): void {
    for (const callback of callbacks) callback(work, run);
  }

  function hear(payload: string): void {
    const [work, from, tenant, id] = payload.split(' ');
    if (from === sender) return;
    if (work === 'deliveries' || work === 'runs' || work === 'orders') announce(work);
    if (work === 'rests' && tenant !== undefined && id !== undefined) announce(work, { tenant, id });
  }

  async function open(): Promise<void> {
    try {
      session = await connect();
      session.onNotification(hear);
      session.onLost(again);
      await session.command(`listen ${channel}`);
      announce('deliveries');
      announce('runs');
      announce('orders');
      announce('rests');
    } catch {
      again();
    }
  }

  function again(): void {
    if (isClosed) return;
    cancelRetry();
    cancelRetry = clock.after(AGAIN_MS, () => {
      opening = open();
    });
  }

  return {
    onWork(callback) {
      callbacks.add(callback);
      opening ??= open();
      return () => callbacks.delete(callback);
    },
    async close() {
      isClosed = true;
      cancelRetry();
      await opening;
      await session?.close();
    },
  };
}
