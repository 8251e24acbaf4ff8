import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runCli } from '../../src/cli/cli.ts';
import { createContext } from './context.ts';

let bot: Server;
let port: number;
let folder: string;
let received: { url: string | undefined; headers: IncomingHttpHeaders; text: string }[];
let answer: { status: number; text: string };

beforeEach(async () => {
  received = [];
  answer = { status: 202, text: '' };
  bot = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    received.push({ url: request.url, headers: request.headers, text });
    response.writeHead(answer.status).end(answer.text);
  });
  bot.listen(0, '127.0.0.1');
  await once(bot, 'listening');
  port = (bot.address() as AddressInfo).port;
  folder = mkdtempSync(join(tmpdir(), 'fairlead-send-'));
});

afterEach(() => {
  bot.close();
  rmSync(folder, { recursive: true });
});

async function send(argv: readonly string[], environment: Record<string, string> = {}) {
  const context = createContext({ WEBHOOK_SECRET: 'shh', PORT: String(port), ...environment });
  const exitCode = await runCli(['send', ...argv], context);
  return { exitCode, stdout: context.stdout.text(), stderr: context.stderr.text() };
}

it('sends an example of the event, signed with the bot’s secret, to where this machine’s bot listens', async () => {
  const { exitCode, stdout } = await send(['pull_request', '--action', 'synchronize', '--id', 'g-1']);
  expect([exitCode, stdout]).toEqual([0, '202 accepted pull_request.synchronize g-1\n']);
  const [{ url, headers, text }] = received as [(typeof received)[number]];
  expect(url).toBe('/api/github/webhooks');
  expect(headers).toMatchObject({
    'content-type': 'application/json',
    'x-github-event': 'pull_request',
    'x-github-delivery': 'g-1',
    'x-hub-signature-256': `sha256=${createHmac('sha256', 'shh').update(text).digest('hex')}`,
  });
  expect(JSON.parse(text)).toMatchObject({ action: 'synchronize', installation: { id: 1 } });
});

it.each([
  ['pull_request', 'pull_request.opened', true],
  ['issue_comment', 'issue_comment.created', true],
  ['label', 'label.created', true],
  ['check_suite', 'check_suite.requested', true],
  ['push', 'push', true],
])('without an action, an example of “%s” is one that workflows start by: %s', async (event, sent, isInstalled) => {
  const { exitCode, stdout } = await send([event, '--id', 'g-1']);
  expect([exitCode, stdout]).toEqual([0, `202 accepted ${sent} g-1\n`]);
  expect('installation' in JSON.parse(received[0]?.text ?? '')).toBe(isInstalled);
});

it('sends a payload of one’s own to another address, and exits with 1 when it is refused', async () => {
  const path = join(folder, 'payload.json');
  writeFileSync(path, '{"zen":1}');
  answer = { status: 401, text: 'no\u001b[31m\n' };
  const { exitCode, stdout } = await send(['ping', '--payload', path, '--url', `http://127.0.0.1:${port}/x`]);
  expect([exitCode, received[0]?.url, received[0]?.text]).toEqual([1, '/x', '{"zen":1}']);
  expect(stdout).toMatch(/^401 refused ping [0-9a-f-]{36} {2}no \n$/);
});

it.each([
  ['no secret', ['ping'], { WEBHOOK_SECRET: '' }, 2, 'WEBHOOK_SECRET is not set.'],
  [
    'a payload that is not there',
    ['ping', '--payload', '/none.json'],
    {},
    2,
    '--payload names /none.json, which cannot be read (ENOENT).',
  ],
  ['a payload that is not JSON', ['ping', '--payload', import.meta.filename], {}, 2, 'is not JSON: '],
  ['an event without examples', ['frob'], {}, 2, 'There is no example of the event “frob”'],
  ['a mistyped event', ['pull-request'], {}, 2, 'Did you mean “pull_request”?'],
  ['an action of an event that has none', ['push', '--action', 'opened'], {}, 2, '“push” has no actions'],
  [
    'an action beside a payload',
    ['ping', '--action', 'opened', '--payload', '/none.json'],
    {},
    2,
    'the payload of --payload has its own',
  ],
  ['an action without examples', ['pull_request', '--action', 'frob'], {}, 2, 'but of: opened, assigned,'],
  [
    'an address that is none',
    ['ping', '--url', 'nowhere'],
    {},
    2,
    '--url is “nowhere”; it takes an http:// or https:// URL.',
  ],
  [
    'a port that nothing is sent to',
    ['ping', '--url', 'http://127.0.0.1:1/'],
    {},
    1,
    '(bad port). Is the bot running?',
  ],
])('tells of %s', async (_, argv, environment, code, message) => {
  const { exitCode, stderr } = await send(argv, environment);
  expect(stderr).toContain(message);
  expect([exitCode, received]).toEqual([code, []]);
});
