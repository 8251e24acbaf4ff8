import { NO_TENANT } from '../events/event.ts';
import { FairleadError } from '../events/fairlead-error.ts';
import type { Clock } from '../observe/clock.ts';
import type { Logger } from '../observe/log.ts';
import type { Notes } from '../store/store.ts';
import { persistently } from './persistently.ts';

const NOTE = 'github.bot-login';

/**
 * The bot's own login: as configured, else as remembered from an earlier start, else asked of GitHub; while the store or
 * GitHub is away, for as long as it takes. Undefined only when `signal` ends the asking. Whoever takes events up must know
 * it first, or the bot would answer itself; accepting them does not wait for it.
 * @throws FairleadError `config.invalid` when GitHub refuses the App's credentials, where `endsIfRefused`; who accepts
 * events goes on asking, as accepting them takes no credentials
 */
export async function learnBotLogin(
  dependencies: {
    readonly configured: string | undefined;
    readonly ask: () => Promise<string>;
    readonly notes: Pick<Notes, 'read' | 'write'>;
    readonly clock: Clock;
    readonly log: Logger;
    readonly endsIfRefused?: boolean;
  },
  signal: AbortSignal,
): Promise<string | undefined> {
  const { configured, ask, notes, clock, log, endsIfRefused = false } = dependencies;
  if (configured !== undefined) return configured;
  const isFinal = (error: unknown) =>
    endsIfRefused && error instanceof FairleadError && error.code === 'config.invalid';
  return persistently({ clock, log }, { what: 'who we are cannot be learned yet', signal, isFinal }, async () => {
    const known = await notes.read(NO_TENANT, NOTE);
    if (known !== undefined) return known;
    const login = await ask().catch(refuse);
    await notes.write(NO_TENANT, NOTE, login);
    return login;
  });
}

function refuse(error: unknown): never {
  if (!(error instanceof FairleadError) || error.code !== 'github.unauthorized') throw error;
  throw new FairleadError('config.invalid', `${error.message}. Are PRIVATE_KEY and APP_ID those of one App?`, {
    cause: error,
  });
}

/**
 * For a process that has no credentials to ask GitHub with: what one that has them wrote down.
 * @throws FairleadError `github.unavailable` as long as nothing is written
 */
export async function recallBotLogin({ notes }: { readonly notes: Pick<Notes, 'read' | 'write'> }): Promise<string> {
  const login = await notes.read(NO_TENANT, NOTE);
  if (login !== undefined) return login;
  throw new FairleadError(
    'github.unavailable',
    'No service with the App’s credentials has written down yet who we are. Start the source, or set FAIRLEAD_BOT_LOGIN.',
  );
}
