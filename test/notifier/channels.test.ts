import { describe, expect, test } from 'vitest';
import type { FairleadError } from '../../src/events/fairlead-error.ts';
import { type Channel, DEFAULT_CHANNELS, readChannels } from '../../src/notifier/channels.ts';
import { systemClock } from '../../src/observe/clock.ts';
import { messageOf, verifiedFacts } from './verified-event.ts';

const ENVIRONMENT: Readonly<Record<string, string>> = {
  SLACK_WEBHOOK_URL: 'https://hooks.slack.example/services/T1/B1/swordfish',
  SLACK_BOT_TOKEN: 'xoxb-swordfish',
  TELEGRAM_TOKEN: '12345:swordfish',
  DISCORD_WEBHOOK_URL: 'https://discord.example/api/webhooks/1/swordfish',
  PLAIN_HTTP: 'http://hooks.slack.example/swordfish',
  NOT_A_URL: 'swordfish',
  EMPTY: ' ',
};

const secrets = {
  env: (name: string) => ENVIRONMENT[name],
  file(path: string) {
    if (path === '/run/secrets/slack') return `${ENVIRONMENT.SLACK_WEBHOOK_URL}\n`;
    throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
  },
};

function read(text: string, written: string[] = []): readonly Channel[] {
  const dependencies = { secrets, clock: systemClock, write: (line: string) => written.push(line) };
  return readChannels(dependencies, { name: 'channels.yaml', text });
}

describe('a channels file', () => {
  test('names channels of every platform, with secrets from the environment and from files', () => {
    const channels = read(`
      channels:
        - name: here
          platform: console
        - name: team
          platform: slack
          webhook: { env: SLACK_WEBHOOK_URL }
          when: { repositories: ["octo/*"], draft: false, except: { labels: [wip] } }
        - name: team-by-file
          platform: slack
          webhook: { file: /run/secrets/slack }
        - name: team-edited
          platform: slack
          bot: { token: { env: SLACK_BOT_TOKEN }, channel: C0123456789 }
        - name: group
          platform: telegram
          token: { env: TELEGRAM_TOKEN }
          chat: -1001234567890
        - name: guild
          platform: discord
          webhook: { env: DISCORD_WEBHOOK_URL }
        - name: sink
          platform: cloudevents
          url: http://broker-ingress.knative-eventing.svc.cluster.local/default/default
        - name: secret-sink
          platform: cloudevents
          url: { env: DISCORD_WEBHOOK_URL }
          mode: structured
    `);
    expect(channels.map(({ name, platform }) => `${name} on ${platform}`)).toEqual([
      'here on console',
      'team on slack',
      'team-by-file on slack',
      'team-edited on slack',
      'group on telegram',
      'guild on discord',
      'sink on cloudevents',
      'secret-sink on cloudevents',
    ]);
    expect(channels.flatMap(({ name, chat }) => (chat.update ? name : []))).toEqual(['team-edited', 'group', 'guild']);
    expect(channels[1]!.matches(verifiedFacts())).toBe(true);
    expect(channels[1]!.matches(verifiedFacts({ draft: true }))).toBe(false);
  });

  test('that nobody wrote means the console', async () => {
    const written: string[] = [];
    const [only] = readChannels({ secrets, clock: systemClock, write: (text) => written.push(text) }, DEFAULT_CHANNELS);
    await only!.chat.send(messageOf(), new AbortController().signal);
    expect(written.join('')).toContain('octo/hello#17 Explain how to moor');
  });
});

describe('a channels file with a mistake', () => {
  const channel = (lines: string) => `channels:\n  - name: team\n${lines.replace(/^/gm, '    ')}\n`;
  const cases: readonly [name: string, text: string, expected: string][] = [
    ['YAML that is none', 'channels: [\n  {name: a', 'channels.yaml:2:11: '],
    ['a key given twice', 'channels: []\nchannels: []', 'channels.yaml:2:1: Map keys must be unique'],
    ['no channels at all', '{}', 'channels.yaml:1:1: channels: is missing'],
    ['a channel without a name', 'channels:\n  - platform: console', 'channels.yaml:2:5: channels.0.name: is missing'],
    ['channels that are no list', 'channels: none', 'channels.yaml:1:1: channels: expected array, received string'],
    ['an empty file', '', 'channels.yaml:1:1: '],
    [
      'a platform that does not exist',
      channel('platform: irc'),
      "channels.yaml:3:5: channels.0.platform: expected 'console' | 'slack' | ",
    ],
    [
      'an unknown key, where it stands',
      channel('platform: console\ncolour: red'),
      'channels.yaml:4:5: channels.0.colour: unknown key',
    ],
    [
      'an unknown criterion, where it stands',
      channel('platform: console\nwhen:\n  repos: [a]'),
      'channels.yaml:5:7: channels.0.when.repos: unknown key',
    ],
    [
      'a secret written into the file',
      channel('platform: discord\nwebhook: https://x.example/swordfish'),
      'channels.yaml:4:5: channels.0.webhook: expected { env: NAME } or { file: PATH }; a secret is named in this file, never written in it',
    ],
    [
      'a secret from nowhere',
      channel('platform: discord\nwebhook: {}'),
      'channels.yaml:4:5: channels.0.webhook: expected { env: NAME }',
    ],
    [
      'a secret from two places',
      channel('platform: discord\nwebhook: { env: A, file: b }'),
      'expected { env: NAME } or { file: PATH }',
    ],
    [
      'a variable that is not set',
      channel('platform: discord\nwebhook: { env: NOWHERE }'),
      'channels.yaml:4:5: channels.0.webhook: the environment variable NOWHERE is not set',
    ],
    [
      'a variable that is empty',
      channel('platform: discord\nwebhook: { env: EMPTY }'),
      'the environment variable EMPTY is not set',
    ],
    [
      'a file that is not there',
      channel('platform: discord\nwebhook: { file: /nowhere }'),
      'the file /nowhere cannot be read (ENOENT)',
    ],
    [
      'a webhook without TLS',
      channel('platform: slack\nwebhook: { env: PLAIN_HTTP }'),
      'not a URL that starts with https://',
    ],
    [
      'a webhook that is no URL',
      channel('platform: slack\nwebhook: { env: NOT_A_URL }'),
      'not a URL that starts with https://',
    ],
    [
      'a Slack channel that is neither webhook nor bot',
      channel('platform: slack'),
      'channels.yaml:2:5: channels.0: a Slack channel has either webhook:',
    ],
    [
      'a Slack channel by name',
      channel('platform: slack\nbot: { token: { env: SLACK_BOT_TOKEN }, channel: "#team" }'),
      'channels.yaml:4:45: channels.0.bot.channel: expected a channel’s id',
    ],
    [
      'a token that is not Telegram’s',
      channel('platform: telegram\nchat: 1\ntoken: { env: NOT_A_URL }'),
      'channels.yaml:5:5: channels.0.token: the secret is not a bot token',
    ],
    [
      'a sink that is no URL',
      channel('platform: cloudevents\nurl: somewhere'),
      'channels.0.url: expected a URL that starts with',
    ],
    [
      'a sink’s variable that is not set',
      channel('platform: cloudevents\nurl: { env: NOWHERE }'),
      'channels.yaml:4:5: channels.0.url: the environment variable NOWHERE is not set',
    ],
    [
      'a name with capitals',
      'channels:\n  - { name: Team, platform: console }',
      'channels.yaml:2:7: channels.0.name: expected lower-case',
    ],
    [
      'two channels of one name',
      'channels:\n  - { name: a, platform: console }\n  - { name: a, platform: console }',
      'channels.yaml:3:7: channels.1.name: another channel has this name',
    ],
    ['an alias that leads nowhere', 'channels: *nowhere', 'Unresolved alias'],
    [
      'a pattern that stands for too many',
      channel('platform: console\nwhen: { bases: ["{1..999}"] }'),
      'channels.yaml:4:21: channels.0.when.bases.0: the braces stand for more than 100 patterns',
    ],
  ];
  test.each(cases)('%s is told with its place and its remedy', (_name, text, expected) => {
    let thrown: FairleadError | undefined;
    try {
      read(text);
    } catch (error) {
      thrown = error as FairleadError;
    }
    expect(thrown).toMatchObject({ code: 'config.invalid', message: expect.stringContaining(expected) });
    expect(thrown!.message).not.toContain('swordfish');
  });

  test('several mistakes are told at once', () => {
    expect(() => read('channels:\n  - { name: A, platform: console }\n  - { name: b, platform: irc }')).toThrow(
      /:2:7: .*\n.*:3:/,
    );
  });
});
