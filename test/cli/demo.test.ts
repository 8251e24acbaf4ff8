import { existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { runCli } from '../../src/cli/cli.ts';
import { startEmbedded } from '../../src/house/embedded.ts';
import { createContext } from './context.ts';

it('the demo brings a pull request all the way, telling each step in its order, and exits with 0', async () => {
  const context = createContext({}, { startBot: startEmbedded });
  const exitCode = await runCli(['demo'], context);
  expect([exitCode, context.stderr.text()]).toEqual([0, '']);
  const story = context.stdout.text();
  const told = [...story.matchAll(/^(\w[\w ]*?) {2,}|^(\w[\w ]{9})\b/gm)].map(
    ([, short, long]) => short ?? long?.trim(),
  );
  expect(told).toEqual(['webhook', 'accepted', 'files', 'labels', 'reviewers', 'check run', 'verified', 'chat']);
  expect(story).toContain('label documentation — README.md matches');
  expect(story).toContain('reviewer octocat — ');
  expect(story).toContain('not Codertocat — ');
});

it('the message of the README is the one that the demo shows', async () => {
  const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8');
  const shown = [...readme.matchAll(/^ {4}┃ (?:\w+)? *(• .+)$/gm)].map(([, line]) => line as string);
  const context = createContext({}, { startBot: startEmbedded });
  await runCli(['demo'], context);
  const told = [...context.stdout.text().matchAll(/^ *┃ +(• .+)$/gm)].map(([, line]) => line as string);
  expect(shown).toEqual(told);
  expect(shown).toHaveLength(3);
});

it('kept running, it takes the push that it offers, takes the labels off again and edits the message in place', async () => {
  const context = createContext(
    {},
    {
      startBot: startEmbedded,
      untilStopped: async () => {
        const story = context.stdout.text();
        const [, secret, payload, url] = /WEBHOOK_SECRET=(\w+) .* --payload (\S+) --url (\S+)/.exec(story) as string[];
        expect(JSON.parse(readFileSync(payload as string, 'utf8'))).toMatchObject({ action: 'synchronize' });
        const sender = createContext({ WEBHOOK_SECRET: secret });
        const sent = await runCli(
          ['send', 'pull_request', '--payload', payload as string, '--url', url as string],
          sender,
        );
        expect([sent, sender.stderr.text()]).toEqual([0, '']);
        const [, store] = /FAIRLEAD_STORE=(\S+) npx fairlead runs\n/.exec(story) as string[];
        expect(existsSync(store as string)).toBe(true);
        await expect.poll(() => context.stdout.text(), { timeout: 5000 }).toContain('Fairlead  APP  (edited)');
      },
    },
  );
  expect(await runCli(['demo', '--keep'], context)).toBe(0);
  const story = context.stdout.text();
  expect(story).toContain('GitHub is asked to take off documentation');
  expect(story).toContain('GitHub is asked to take off front page');
});

it('a bot that cannot be reached fails the demo, which says what was not seen and where to look', async () => {
  const context = createContext(
    {},
    { startBot: async () => ({ webhookUrl: 'http://127.0.0.1:1/', stop: async () => {} }) },
  );
  expect(await runCli(['demo'], context)).toBe(1);
  expect(context.stderr.text()).toMatch(
    /not seen in \d+ ms: accepted, files, .*chat \(webhook: 502 .*\)\.\nWhat became of it: FAIRLEAD_STORE=\S+ npx fairlead runs\n$/,
  );
  const [, store] = /FAIRLEAD_STORE=(\S+)/.exec(context.stderr.text()) as string[];
  rmSync(dirname(store as string), { recursive: true });
});
