import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FakeDiscord, startFakeDiscord } from '../../src/demo/fake-discord.ts';
import { type FakeSlack, startFakeSlack } from '../../src/demo/fake-slack.ts';
import { type FakeTelegram, startFakeTelegram } from '../../src/demo/fake-telegram.ts';
import { createConsoleChat } from '../../src/notifier/chat/console.ts';
import { createDiscordChat } from '../../src/notifier/chat/discord.ts';
import { createSlackChat } from '../../src/notifier/chat/slack.ts';
import { createTelegramChat } from '../../src/notifier/chat/telegram.ts';
import { systemClock } from '../../src/observe/clock.ts';
import { messageOf } from './verified-event.ts';

/** `\u2060`, the word joiner that keeps Telegram from making a link. */
const WJ = '\u2060';

interface Hostile {
  readonly name: string;
  readonly title: string;
  /** What readers of the console see; the same text stands in Slack's rich text, which knows no markup. */
  readonly plain: string;
  /** Slack's notification text, which is markup. */
  readonly slackText: string;
  readonly telegram: string;
  readonly discord: string;
}

const TABLE: readonly Hostile[] = [
  {
    name: 'a mention of a whole Slack channel',
    title: '<!channel> look',
    plain: '<!channel> look',
    slackText: '&lt;!channel&gt; look',
    telegram: '<!channel> look',
    discord: '\\<!channel\\> look',
  },
  {
    name: 'a mention of everyone',
    title: '@everyone and @here',
    plain: '@everyone and @here',
    slackText: '@everyone and @here',
    telegram: `@${WJ}everyone and @${WJ}here`,
    discord: '\\@everyone and \\@here',
  },
  {
    name: 'a mention of one account by its id',
    title: '<@U123> <@!456> <@&789>',
    plain: '<@U123> <@!456> <@&789>',
    slackText: '&lt;@U123&gt; &lt;@!456&gt; &lt;@&amp;789&gt;',
    telegram: `<@${WJ}U123> <@${WJ}!456> <@${WJ}&789>`,
    discord: '\\<\\@U123\\> \\<\\@!456\\> \\<\\@&789\\>',
  },
  {
    name: 'a link in Slack’s notation with a text that lies',
    title: '<https://evil.example|your bank>',
    plain: '<https://evil.example|your bank>',
    slackText: '&lt;https://evil.example|your bank&gt;',
    telegram: `<https:${WJ}/${WJ}/${WJ}evil.${WJ}example|your bank>`,
    discord: '\\<https\\://evil.example\\|your bank\\>',
  },
  {
    name: 'a markdown link with a text that lies',
    title: '[your bank](https://evil.example)',
    plain: '[your bank](https://evil.example)',
    slackText: '[your bank](https://evil.example)',
    telegram: `[your bank](https:${WJ}/${WJ}/${WJ}evil.${WJ}example)`,
    discord: '\\[your bank\\]\\(https\\://evil.example\\)',
  },
  {
    name: 'HTML',
    title: '<b>bold</b> <a href="https://evil.example">x</a> &lt;',
    plain: '<b>bold</b> <a href="https://evil.example">x</a> &lt;',
    slackText: '&lt;b&gt;bold&lt;/b&gt; &lt;a href="https://evil.example"&gt;x&lt;/a&gt; &amp;lt;',
    telegram: `<b>bold</${WJ}b> <a href="https:${WJ}/${WJ}/${WJ}evil.${WJ}example">x</${WJ}a> &lt;`,
    discord: '\\<b\\>bold\\</b\\> \\<a href="https\\://evil.example"\\>x\\</a\\> &lt;',
  },
  {
    name: 'backticks, emphasis and spoilers',
    title: '```code``` *b* _i_ ~s~ ||hidden||',
    plain: '```code``` *b* _i_ ~s~ ||hidden||',
    slackText: '```code``` *b* _i_ ~s~ ||hidden||',
    telegram: '```code``` *b* _i_ ~s~ ||hidden||',
    discord: '\\`\\`\\`code\\`\\`\\` \\*b\\* \\_i\\_ \\~s\\~ \\|\\|hidden\\|\\|',
  },
  {
    name: 'a backslash that would undo an escape',
    title: '\\*x\\* \\',
    plain: '\\*x\\* \\',
    slackText: '\\*x\\* \\',
    telegram: '\\*x\\* \\',
    discord: '\\\\\\*x\\\\\\* \\\\',
  },
  {
    name: 'a quote, a heading and a list after line breaks',
    title: 'a\n> q\n# h\n- l',
    plain: 'a > q # h - l',
    slackText: 'a &gt; q # h - l',
    telegram: 'a > q # h - l',
    discord: 'a \\> q \\# h \\- l',
  },
  {
    name: 'an emoji’s name and a timestamp',
    title: ':tada: <:e:1> <t:0>',
    plain: ':tada: <:e:1> <t:0>',
    slackText: ':tada: &lt;:e:1&gt; &lt;t:0&gt;',
    telegram: `:${WJ}tada: <:${WJ}e:${WJ}1> <t:${WJ}0>`,
    discord: '\\:tada\\: \\<\\:e\\:1\\> \\<t\\:0\\>',
  },
  {
    name: 'a command, a hashtag, a cashtag and a file name that is a domain',
    title: '/start #tag $TAG README.md',
    plain: '/start #tag $TAG README.md',
    slackText: '/start #tag $TAG README.md',
    telegram: `/${WJ}start #${WJ}tag $${WJ}TAG README.${WJ}md`,
    discord: '/start \\#tag $TAG README.md',
  },
  {
    name: 'bidirectional controls, zero-width and control characters',
    title: 'safe\u202Egpj\u2066.\u200Bexe\u0000\u001b[2J',
    plain: 'safegpj.exe [2J',
    slackText: 'safegpj.exe [2J',
    telegram: `safegpj.${WJ}exe [2J`,
    discord: 'safegpj.exe \\[2J',
  },
  {
    name: 'a title far too long',
    title: `${'long '.repeat(10_000)}end`,
    plain: `${'long '.repeat(51)}…`.replace(/ …$/, '…'),
    slackText: `${'long '.repeat(51)}…`.replace(/ …$/, '…'),
    telegram: `${'long '.repeat(51)}…`.replace(/ …$/, '…'),
    discord: `${'long '.repeat(51)}…`.replace(/ …$/, '…'),
  },
];

const signal = new AbortController().signal;
const context = { clock: systemClock, where: 'Channel “team”' };

describe('a hostile title comes out inert', () => {
  let slack: FakeSlack;
  let telegram: FakeTelegram;
  let discord: FakeDiscord;

  beforeAll(async () => {
    [slack, telegram, discord] = await Promise.all([startFakeSlack(), startFakeTelegram(), startFakeDiscord()]);
  });
  afterAll(() => Promise.all([slack.close(), telegram.close(), discord.close()]));

  test.each(TABLE)('on the console: $name', async ({ title, plain }) => {
    let shown = '';
    const chat = createConsoleChat({
      write: (text) => {
        shown += text;
      },
    });
    await chat.send(messageOf({ title }), signal);
    expect(shown.split('\n')[0]).toBe(`octo/hello#17 ${plain} <https://github.com/octo/hello/pull/17>`);
  });

  test.each(TABLE)('in Slack: $name', async ({ title, plain, slackText }) => {
    const chat = createSlackChat(context, { platform: 'slack', webhook: slack.webhookUrl });
    await chat.send(messageOf({ title }), signal);
    const shown = slack.messages.at(-1)!;
    const [heading] = (shown.blocks[0] as { elements: { elements: unknown[] }[] }).elements;
    expect(heading!.elements[2]).toEqual({ type: 'text', text: plain, style: { bold: true } });
    expect(shown.text).toBe(`octo/hello#17 ${slackText} (by ann)`);
    expect(shown.mentions).toEqual([]);
  });

  test.each(TABLE)('in Telegram: $name', async ({ title, telegram: expected }) => {
    const settings = {
      platform: 'telegram',
      token: telegram.token,
      chat: String(telegram.chat),
      topic: undefined,
      api: telegram.url,
    } as const;
    await createTelegramChat(context, settings).send(messageOf({ title }), signal);
    const shown = telegram.messages.at(-1)!;
    const bold = shown.entities.filter(({ type }) => type === 'bold')[1]!;
    expect(shown.text.slice(bold.offset, bold.offset + bold.length)).toBe(expected);
    expect(shown.automaticLinks).toEqual([]);
  });

  test.each(TABLE)('in Discord: $name', async ({ title, discord: expected }) => {
    const chat = createDiscordChat(context, { platform: 'discord', webhook: discord.webhookUrl });
    await chat.send(messageOf({ title }), signal);
    const shown = discord.messages.at(-1)!;
    expect(shown.description.split('\n')[0]).toBe(
      `**[octo/hello\\#17](https://github.com/octo/hello/pull/17)** **${expected}**`,
    );
    expect(shown.mentions).toEqual([]);
  });

  test('and so does every other text of a message', async () => {
    const evil = '<!channel> @everyone [x](https://evil.example) \u202E';
    const message = messageOf({
      title: evil,
      author: { login: evil, url: 'javascript:alert(1)' },
      base: evil,
      labels: { added: [{ name: evil, reason: evil }], removed: [{ name: evil, reason: evil }], kept: [] },
      reviewers: { requested: [{ name: evil, reason: evil }], kept: [], skipped: [] },
      problems: [evil],
    });
    await createDiscordChat(context, { platform: 'discord', webhook: discord.webhookUrl }).send(message, signal);
    const inDiscord = discord.messages.at(-1)!;
    expect(inDiscord.description.match(/(?<!\\)(?:@|<|\u202E|\[x)/g)).toBeNull();
    expect(inDiscord.description).not.toContain('javascript');
    await createSlackChat(context, { platform: 'slack', webhook: slack.webhookUrl }).send(message, signal);
    expect(slack.messages.at(-1)!.mentions).toEqual([]);
    expect(JSON.stringify(slack.messages.at(-1)!.blocks)).not.toContain('javascript');
  });

  test('a link that holds what ends a markdown link cannot end it', async () => {
    const url = 'https://github.com/octo/hello/pull/17?x=)[y](https://evil.example';
    await createDiscordChat(context, { platform: 'discord', webhook: discord.webhookUrl }).send(
      messageOf({ url }),
      signal,
    );
    expect(discord.messages.at(-1)!.description).toContain('?x=%29[y]%28https://evil.example)**');
  });
});

describe('the largest message that rules can make', () => {
  const long = '*'.repeat(400);
  const many = Array.from({ length: 60 }, (_, index) => ({ name: `${index} ${long}`, reason: long }));
  const message = messageOf({
    title: long,
    labels: { added: many, removed: many, kept: [] },
    reviewers: { requested: many, kept: [], skipped: [] },
    problems: many.map(({ reason }) => reason),
  });

  test('is cut to what Slack, Telegram and Discord take, and says that it was', async () => {
    const [slack, telegram, discord] = await Promise.all([startFakeSlack(), startFakeTelegram(), startFakeDiscord()]);
    await createSlackChat(context, { platform: 'slack', webhook: slack.webhookUrl }).send(message, signal);
    const settings = {
      platform: 'telegram',
      token: telegram.token,
      chat: String(telegram.chat),
      topic: undefined,
      api: telegram.url,
    } as const;
    await createTelegramChat(context, settings).send(message, signal);
    await createDiscordChat(context, { platform: 'discord', webhook: discord.webhookUrl }).send(message, signal);
    expect(telegram.messages[0]!.text).toMatch(/\n…$/);
    expect(discord.messages[0]!.description).toMatch(/\n…$/);
    expect(JSON.stringify(slack.messages[0]!.blocks)).toMatch(/"…"/);
    await Promise.all([slack.close(), telegram.close(), discord.close()]);
  });
});
