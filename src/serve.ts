/**
 * The bot and none of the other commands: what an image runs (`scripts/bundle.ts`), where each further file that a start
 * touches costs time.
 */
import { flushCompileCache } from 'node:module';
import { readConfig, readEnvironment } from './config.ts';
import { FairleadError } from './events/fairlead-error.ts';
import { startEmbedded } from './house/embedded.ts';
import { untilStopped } from './house/lifecycle.ts';

async function serve(): Promise<void> {
  try {
    const bot = await startEmbedded(readConfig(readEnvironment()));
    // While what only a start runs is still compiled: V8 soon forgets it, and a process that is killed would keep nothing.
    flushCompileCache();
    await untilStopped(process);
    await bot.stop();
  } catch (error) {
    process.stderr.write(`fairlead: ${error instanceof FairleadError ? error.message : (error as Error).stack}\n`);
    process.exitCode = 1;
  }
}

// Not awaited: the bundle is CommonJS, which cannot wait at its top.
void serve();
