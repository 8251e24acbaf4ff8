import { runCli } from './cli/cli.ts';
import { ownEnvironment, readConfig, readEnvironment, readLocalConfig, readServiceConfig } from './config.ts';
import { untilStopped } from './house/lifecycle.ts';

const { stdout, stderr } = process;

/** What a command needs is imported when it asks for it: `--help` opens no store, and `start` loads no command but itself. */
process.exitCode = await runCli(process.argv.slice(2), {
  stdout,
  stderr,
  environment: ownEnvironment(),
  readEnvironment,
  readConfig,
  readLocalConfig,
  readServiceConfig,
  openStore: async (where) => (await import('./house/open-store.ts')).openStore(where, 'guest'),
  createStore: async (path) => (await import('./store/sqlite.ts')).openSqliteStore({ path }),
  startBot: async (config, options) => (await import('./house/embedded.ts')).startEmbedded(config, options),
  startService: async (config, role) => (await import('./house/service.ts')).startService(config, role),
  untilStopped: () => untilStopped(process),
  now: Date.now,
});
