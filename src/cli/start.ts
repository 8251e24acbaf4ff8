import type { Role } from '../config.ts';
import { runUntil } from '../house/lifecycle.ts';
import { EXIT_CODES, type Invocation } from './command.ts';
import { usage } from './usage.ts';

const ROLES: readonly Role[] = ['source', 'runner', 'functions', 'notifier'];

/** `fairlead start`: the bot, or one role of it, until SIGINT or SIGTERM; then it finishes what is under way. */
export async function start({ context, option }: Invocation): Promise<number> {
  const { environment, readConfig, readServiceConfig, startBot, startService } = context;
  const asked = option('role');
  const role = ROLES.find((name) => name === asked);
  if (asked !== undefined && role === undefined) {
    throw usage(`There is no role “${asked}”. There are: ${ROLES.join(', ')}.`);
  }
  const running =
    role === undefined
      ? await startBot(readConfig(environment))
      : await startService(readServiceConfig(environment, role), role);
  await runUntil(running, context.untilStopped());
  return EXIT_CODES.done;
}
