import { runCli } from './cli/cli.ts';
import { readConfig, readEnvironment, readLocalConfig } from './config.ts';
import { untilStopped } from './house/lifecycle.ts';

const { stdout, stderr } = process;

/** What a command needs is imported when it asks for it: `--help` opens no store, and `start` loads no command but itself. */
process.exitCode = await runCli(process.argv.slice(2), {
  stdout,
  stderr,
  environment: readEnvironment(),
  readConfig,
  readLocalConfig,
  openStore: async (path) => (await import('./store/sqlite.ts')).openSqliteStore({ path, as: 'guest' }),
  createStore: async (path) => (await import('./store/sqlite.ts')).openSqliteStore({ path }),
  startBot: async (config, options) => (await import('./house/embedded.ts')).startEmbedded(config, options),
  untilStopped: () => untilStopped(process),
  now: Date.now,
});
