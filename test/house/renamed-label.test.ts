/** A label that `labels sync` renames stays what it was to the bot: its own, or one that a person does not want. */
import { afterEach, expect, test } from 'vitest';
import { runCli } from '../../src/cli/cli.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { createContext } from '../cli/context.ts';
import { openWorld, SECRET, type World } from '../support/house.ts';

const RENAMED = `labels:
  - { label: docs, files: ["**/*.md"] }
palette:
  - { name: docs, was: [documentation] }
`;

let world: World;
afterEach(() => world.close());

/** In a process beside the bot, after the rules and the palette have been merged. */
async function renameByPalette(): Promise<void> {
  world.repository.branches.get('main')?.set('.github/fairlead.yml', RENAMED);
  const environment = {
    APP_ID: '1',
    PRIVATE_KEY: world.github.privateKey,
    WEBHOOK_SECRET: SECRET,
    GITHUB_API_URL: world.github.url,
    FAIRLEAD_STORE: world.storePath,
  };
  const context = createContext(environment, { openStore: (path) => openSqliteStore({ path, as: 'guest' }) });
  expect(await runCli(['labels', 'sync', 'octo-org/hello'], context)).toBe(0);
}

test('one of its own it takes off, and one that a person took off it does not put back', async () => {
  world = await openWorld({ rules: RENAMED.replace('label: docs', 'label: documentation'), channels: [] });
  const house = await world.start();
  const [own, unwanted] = [world.pull(), world.pull()];
  for (const pull of [own, unwanted]) await world.tell(pull, 'opened');
  await house.quiet();
  unwanted.labels = [];
  await world.tell(unwanted, 'unlabeled', { sender: 'hubot', label: { name: 'documentation' } });
  await house.quiet();
  expect([own.labels, unwanted.labels]).toEqual([['documentation'], []]);

  await renameByPalette();
  expect(own.labels).toEqual(['docs']);
  await house.stop();
  // Rules are remembered for a minute; a new process reads them anew.
  const later = await world.start();
  world.github.push(own, ['src/main.c']);
  for (const pull of [own, unwanted]) await world.tell(pull, 'synchronize');
  await later.quiet();

  expect([own.labels, unwanted.labels]).toEqual([[], []]);
});
