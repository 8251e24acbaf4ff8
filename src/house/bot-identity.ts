import { NO_TENANT } from '../events/event.ts';
import type { Clock } from '../observe/clock.ts';
import type { Logger } from '../observe/log.ts';
import type { Notes } from '../store/store.ts';

const NOTE = 'github.bot-login';
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

/**
 * The bot's own login: as configured, else as remembered from an earlier start, else asked of GitHub for as long as it
 * takes. Undefined only when `signal` ends the asking. Whoever takes events up must know it first, or the bot would answer
 * itself; accepting them does not wait for it.
 */
export async function learnBotLogin(
  dependencies: {
    readonly configured: string | undefined;
    readonly ask: () => Promise<string>;
    readonly notes: Notes;
    readonly clock: Clock;
    readonly log: Logger;
  },
  signal: AbortSignal,
): Promise<string | undefined> {
  const { configured, ask, notes, clock, log } = dependencies;
  const known = configured ?? (await notes.read(NO_TENANT, NOTE));
  if (known !== undefined) return known;
  for (let pause = FIRST_PAUSE_MS; !signal.aborted; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    try {
      const login = await ask();
      await notes.write(NO_TENANT, NOTE, login);
      return login;
    } catch (error) {
      log.error({ err: error, retryMs: pause }, 'GitHub does not say who we are; events are accepted and wait');
      await elapsed(clock, pause, signal);
    }
  }
  return undefined;
}

function elapsed(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(ms, resolve);
    signal.addEventListener(
      'abort',
      () => {
        cancel();
        resolve();
      },
      { once: true },
    );
  });
}
