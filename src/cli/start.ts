import { EXIT_CODES, type Invocation } from './command.ts';

/** `fairlead start`: the bot, until SIGINT or SIGTERM; then it finishes what is under way. */
export async function start({ context }: Invocation): Promise<number> {
  const bot = await context.startBot(context.readConfig(context.environment));
  await context.untilStopped();
  await bot.stop();
  return EXIT_CODES.done;
}
