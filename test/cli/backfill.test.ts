/** A backfill beside a bot that runs: the open pull requests evaluated once each, within the hour's share, and gone on with. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runCli } from '../../src/cli/cli.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { type House, INSTALLATION, openWorld, type World } from '../support/house.ts';
import { createContext } from './context.ts';

const RULES = 'labels: [{ label: documentation, files: ["docs/**"] }]';

let world: World;
let house: House;
beforeEach(async () => {
  world = await openWorld({ channels: [], rules: RULES });
  house = await world.start();
  for (let nth = 0; nth < 5; nth += 1) {
    world.github.addPull(world.repository, { author: 'ann', title: `Change ${nth + 1}`, files: ['docs/a.md'] });
  }
  const closed = world.repository.pulls.get(2);
  if (closed) closed.state = 'closed';
});
afterEach(() => world.close());

async function run(...argv: readonly string[]) {
  const context = createContext(
    {
      APP_ID: '1',
      PRIVATE_KEY: world.github.privateKey,
      WEBHOOK_SECRET: 'it is a secret',
      GITHUB_API_URL: world.github.url,
      FAIRLEAD_STORE: world.storePath,
    },
    { openStore: (path) => openSqliteStore({ path, as: 'guest' }) },
  );
  const url = argv.includes('--dry-run') || argv.includes('--url') ? [] : ['--url', `${house.internalUrl}/events`];
  const exitCode = await runCli(['backfill', 'octo-org/hello', ...argv, ...url], context);
  await house.quiet();
  return { exitCode, stdout: context.stdout.text(), stderr: context.stderr.text() };
}

const labelled = () =>
  [...world.repository.pulls.values()].filter(({ labels }) => labels.length > 0).map((one) => one.number);
const evaluated = () => house.verified.map(({ number }) => number).sort();

test('every open pull request is evaluated as if opened, and the closed one is left alone', async () => {
  expect(await run()).toEqual({
    exitCode: 0,
    stderr: '',
    stdout: '4 pull requests asked for, up to #5\nAll are asked for; the bot evaluates them now.\n',
  });
  expect(labelled()).toEqual([1, 3, 4, 5]);
  expect(house.verified[0]).toMatchObject({ action: 'evaluation_requested' });
});

test('one that stops at its limit is gone on with by the same command, and no pull request is evaluated twice', async () => {
  const first = await run('--limit', '3');
  expect(first).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('goes on after #4') });
  expect(evaluated()).toEqual([1, 3, 4]);
  const second = await run();
  expect(second).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('Going on after #4.\n1 pull requests') });
  expect(evaluated()).toEqual([1, 3, 4, 5]);
});

test('one that died before it wrote down how far it was asks again, and the bot knows them', async () => {
  const store = await openSqliteStore({ path: world.storePath, as: 'guest' });
  const note = `backfill ${world.repository.id}`;
  await store.notes.write(String(INSTALLATION), note, JSON.stringify({ startedAt: 1_700_000_000_000, upTo: 0 }));
  const updates = new Map([...world.repository.pulls].map(([number, { updatedAt }]) => [number, updatedAt]));
  await run();
  await store.notes.write(String(INSTALLATION), note, JSON.stringify({ startedAt: 1_700_000_000_000, upTo: 0 }));
  for (const [number, pull] of world.repository.pulls) {
    pull.labels = [];
    pull.updatedAt = updates.get(number) ?? pull.updatedAt;
  }
  expect(await run()).toMatchObject({ exitCode: 0 });
  await store.close();
  expect(evaluated()).toEqual([1, 3, 4, 5]);
});

test('it asks for no more than the share of the hour bears', async () => {
  const installation = world.github.world.installations.get(INSTALLATION);
  if (installation) Object.assign(installation.rateLimit, { limit: 100, used: 36 });
  const { exitCode, stdout } = await run();
  expect({ exitCode, stdout }).toMatchObject({
    exitCode: 1,
    stdout: expect.stringContaining('the hour’s share of GitHub’s calls would be used up'),
  });
  expect(evaluated().length).toBeLessThan(4);
});

test('a dry one says what would be done, and asks nothing of anybody', async () => {
  const { exitCode, stdout } = await run('--dry-run');
  expect({ exitCode, stdout }).toEqual({
    exitCode: 0,
    stdout:
      '#1 Change 1: + documentation\n#3 Change 3: + documentation\n#4 Change 4: + documentation\n' +
      '#5 Change 5: + documentation\n4 open pull requests; nothing was written.\n',
  });
  expect([labelled(), await house.runs()]).toEqual([[], []]);
});

test('a bot that cannot be reached is said, and nothing is written down as done', async () => {
  expect(await run('--url', 'http://127.0.0.1:9/events')).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('Is the bot running?'),
  });
  expect((await run()).stdout).toContain('4 pull requests asked for');
});
