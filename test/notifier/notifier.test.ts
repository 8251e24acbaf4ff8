import pino from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type FakeDiscord, startFakeDiscord } from '../../src/demo/fake-discord.ts';
import { type FakeEventSink, startFakeEventSink } from '../../src/demo/fake-event-sink.ts';
import { type FakeSlack, startFakeSlack } from '../../src/demo/fake-slack.ts';
import { type FakeTelegram, startFakeTelegram } from '../../src/demo/fake-telegram.ts';
import { OVERDUE, VERIFIED, type VerifiedData } from '../../src/events/catalogue.ts';
import type { Event } from '../../src/events/event.ts';
import { readChannels } from '../../src/notifier/channels.ts';
import { createNotifier, type NotifierDependencies, type Subscription } from '../../src/notifier/notifier.ts';
import { systemClock } from '../../src/observe/clock.ts';
import { createMetrics } from '../../src/observe/metrics.ts';
import type { Messages } from '../../src/store/store.ts';
import { createMemoryMessages } from './memory-messages.ts';
import { type EventOptions, verifiedEvent } from './verified-event.ts';

const noon = '2026-11-21T12:00:00Z';
const later = '2026-11-21T12:00:01Z';

let slack: FakeSlack;
let telegram: FakeTelegram;
let discord: FakeDiscord;
let sink: FakeEventSink;
let messages: Messages;
let metrics: ReturnType<typeof createMetrics>;
let logged: string[];

beforeEach(async () => {
  [slack, telegram, discord, sink] = await Promise.all([
    startFakeSlack({ now: () => Date.parse(noon) }),
    startFakeTelegram(),
    startFakeDiscord(),
    startFakeEventSink(),
  ]);
  messages = createMemoryMessages();
  metrics = createMetrics();
  logged = [];
});
afterEach(() => Promise.all([slack.close(), telegram.close(), discord.close(), sink.close()]));

/** One channel of each platform that a test can watch. */
function channelsFile(): string {
  return `channels:
    - { name: hook, platform: slack, webhook: { env: SLACK_WEBHOOK } }
    - { name: bot, platform: slack, bot: { token: { env: SLACK_TOKEN }, channel: ${slack.channel}, api: "${slack.apiUrl}" } }
    - { name: group, platform: telegram, token: { env: TELEGRAM_TOKEN }, chat: ${telegram.chat}, api: "${telegram.url}" }
    - { name: guild, platform: discord, webhook: { env: DISCORD_WEBHOOK } }
    - { name: sink, platform: cloudevents, url: "${sink.url}" }
    - { name: docs-only, platform: slack, webhook: { env: SLACK_WEBHOOK }, when: { labels: [docs], except: { authors: ["*[bot]"] } } }
  `;
}

type CrashPoint = Parameters<NonNullable<NotifierDependencies['crashPoint']>>[0];

/** A notifier as a process has it: made anew over the same messages, it is a process after a restart. */
function startNotifier(dieAt?: CrashPoint): ReadonlyMap<string, Subscription> {
  const environment: Readonly<Record<string, string>> = {
    SLACK_WEBHOOK: slack.webhookUrl,
    SLACK_TOKEN: slack.token,
    TELEGRAM_TOKEN: telegram.token,
    DISCORD_WEBHOOK: discord.webhookUrl,
  };
  const secrets = { env: (name: string) => environment[name], file: () => '' };
  const channels = readChannels(
    { secrets, clock: systemClock, write: () => undefined },
    { name: 'channels.yaml', text: channelsFile() },
  );
  const log = pino({ level: 'debug' }, { write: (line: string) => logged.push(line) });
  const crashPoint = (point: CrashPoint) => {
    if (point === dieAt) throw new Error('killed');
  };
  const subscriptions = createNotifier({ channels, messages, clock: systemClock, log, metrics, crashPoint });
  return new Map(subscriptions.map((subscription) => [subscription.trigger.name.replace('notify-', ''), subscription]));
}

interface TellOptions extends EventOptions {
  readonly attempt?: number;
  /** Another process each time, but where a test is about what happens within one. */
  readonly notifier?: ReadonlyMap<string, Subscription>;
  readonly dieAt?: CrashPoint;
}

async function tell(channel: string, facts: Partial<VerifiedData> = {}, options: TellOptions = {}): Promise<void> {
  const { attempt = 1, dieAt, notifier = startNotifier(dieAt), ...rest } = options;
  const delivery = { attempt, signal: new AbortController().signal };
  await notifier.get(channel)!.subscriber(verifiedEvent(facts, rest), delivery);
}

const docs = { name: 'docs', reason: 'README.md matches **/*.md' };

describe('subscriptions', () => {
  test('there is one for each channel, for verified events and for reviewers who do not answer', () => {
    const triggers = [...startNotifier().values()].map(({ trigger }) => trigger);
    expect(triggers.map(({ name }) => name)).toEqual([
      'notify-hook',
      'notify-bot',
      'notify-group',
      'notify-guild',
      'notify-sink',
      'notify-docs-only',
    ]);
    const filters = [{ any: [{ exact: { type: VERIFIED } }, { exact: { type: OVERDUE } }] }];
    for (const trigger of triggers) expect(trigger.filters).toEqual(filters);
  });

  test('an event that is not what its type promises is refused for good, saying where', async () => {
    const event: Event = { ...verifiedEvent(), data: { ...verifiedEvent().data, number: 'seventeen' } };
    const delivery = { attempt: 1, signal: new AbortController().signal };
    await expect(startNotifier().get('bot')!.subscriber(event, delivery)).rejects.toMatchObject({
      code: 'event.invalid',
      retryable: false,
      message: expect.stringContaining('number'),
    });
  });
});

describe('one message per pull request and channel', () => {
  const editable: readonly [channel: string, shown: () => readonly { readonly edits: number }[]][] = [
    ['bot', () => slack.messages],
    ['group', () => telegram.messages],
    ['guild', () => discord.messages],
  ];

  test.each(editable)('%s: is edited as things change', async (channel, shown) => {
    await tell(channel, {}, { time: noon });
    await tell(channel, { title: 'Explain how to cast off' }, { id: 'verified-2', time: later });
    expect(shown()).toHaveLength(1);
    expect(shown()[0]).toMatchObject({ edits: 1 });
    expect(JSON.stringify(shown()[0])).toContain('cast off');
  });

  test.each(editable)('%s: is sent anew where a person deleted it', async (channel, shown) => {
    await tell(channel, {}, { time: noon });
    for (const { ts } of [...slack.messages]) slack.deleteMessage(ts);
    for (const { id } of [...telegram.messages]) telegram.deleteMessage(id);
    for (const { id } of [...discord.messages]) discord.deleteMessage(id);
    await tell(channel, { title: 'Explain how to cast off' }, { id: 'verified-2', time: later });
    expect(shown()).toHaveLength(1);
    await tell(channel, { title: 'And how to anchor' }, { id: 'verified-3', time: '2026-11-21T12:00:02Z' });
    expect(shown()).toEqual([expect.objectContaining({ edits: 1 })]);
  });

  test.each(['hook', 'bot', 'group', 'guild'])(
    '%s: is left alone where nothing changed for a reader',
    async (channel) => {
      await tell(channel, {}, { time: noon });
      const requests = () => [slack, telegram, discord].flatMap(({ received }) => received).length;
      expect(requests()).toBe(1);
      const kept = { labels: { added: [], removed: [], kept: [docs] }, head: { ref: 'moor', sha: 'f'.repeat(40) } };
      await tell(channel, kept, { id: 'verified-2', time: later });
      await tell(channel, {}, { time: noon, attempt: 2 });
      expect(requests()).toBe(1);
    },
  );

  test('a webhook that cannot edit is sent what changed', async () => {
    await tell('hook', {}, { time: noon });
    await tell('hook', { title: 'Explain how to cast off' }, { id: 'verified-2', time: later });
    expect(slack.messages.map(({ text }) => text)).toEqual([
      'octo/hello#17 Explain how to moor (by ann)',
      'octo/hello#17 Explain how to cast off (by ann)',
    ]);
  });

  test.each(editable)(
    '%s: that reviewers do not answer is a message of its own, edited from then on',
    async (channel, shown) => {
      await tell(channel, {}, { time: noon });
      const overdue = (problem: string) => ({ problems: [problem] });
      await tell(channel, overdue('bob has not answered for 8 hours of work'), {
        id: 'overdue-1',
        type: OVERDUE,
        time: later,
      });
      expect(shown()).toHaveLength(2);
      expect(JSON.stringify(shown()[1])).toContain('has not answered for 8 hours');
      await tell(channel, overdue('bob has not answered for 16 hours of work'), {
        id: 'overdue-2',
        type: OVERDUE,
        time: '2026-11-21T12:00:02Z',
      });
      expect(shown().map(({ edits }) => edits)).toEqual([0, 1]);
    },
  );

  test('an event that comes late does not overwrite a newer one', async () => {
    await tell('bot', { title: 'New' }, { id: 'verified-2', time: later });
    await tell('bot', { title: 'Old' }, { id: 'verified-1', time: noon });
    expect(slack.messages).toEqual([expect.objectContaining({ text: 'octo/hello#17 New (by ann)', edits: 0 })]);
  });

  test('nor one that is newer and changed nothing', async () => {
    await tell('bot', { title: 'Same' }, { id: 'verified-1', time: '2026-11-21T12:00:00Z' });
    await tell('bot', { title: 'Same' }, { id: 'verified-3', time: '2026-11-21T12:00:02Z' });
    await tell('bot', { title: 'Between' }, { id: 'verified-2', time: '2026-11-21T12:00:01Z' });
    expect(slack.messages).toEqual([expect.objectContaining({ text: 'octo/hello#17 Same (by ann)', edits: 0 })]);
  });

  test('two events at once become one message that tells the newer', async () => {
    const notifier = startNotifier();
    await Promise.all([
      tell('bot', { title: 'Old' }, { id: 'verified-1', time: noon, notifier }),
      tell('bot', { title: 'New' }, { id: 'verified-2', time: later, notifier }),
    ]);
    expect(slack.messages).toEqual([expect.objectContaining({ text: 'octo/hello#17 New (by ann)', edits: 1 })]);
  });

  test('the same number in another repository, and the same repository in another installation, are others', async () => {
    await tell('bot');
    await tell('bot', { repository: { id: 2, fullName: 'octo/other', url: 'https://github.com/octo/other' } });
    await tell('bot', {}, { tenant: '43' });
    expect(slack.messages).toHaveLength(3);
  });

  test('a receiver of CloudEvents is given each event as it is, whatever it changes', async () => {
    await tell('sink', {}, { id: 'verified-2', time: later });
    await tell('sink', {}, { id: 'verified-1', time: noon });
    expect(sink.events.map(({ id }) => id)).toEqual(['verified-2', 'verified-1']);
    expect(sink.events[1]!.data).toEqual(verifiedEvent().data);
    expect(sink.events[1]).toMatchObject({
      type: VERIFIED,
      subject: '17',
      tenant: '42',
      source: 'https://github.com/octo/hello',
    });
  });

  test('a channel hears only of what it asks for', async () => {
    await tell('docs-only', { labels: { added: [], removed: [], kept: [] } });
    await tell('docs-only', { author: { login: 'renovate[bot]', url: 'https://github.com/apps/renovate' } });
    expect(slack.messages).toEqual([]);
    await tell('docs-only');
    expect(slack.messages).toHaveLength(1);
  });
});

describe('a send whose outcome nobody recorded', () => {
  test('a Slack bot finds what it sent before the process was killed, and does not send it twice', async () => {
    await expect(tell('bot', {}, { dieAt: 'notifier.after-send' })).rejects.toThrow('killed');
    await tell('bot', {}, { attempt: 2 });
    expect(slack.messages).toHaveLength(1);
    await tell('bot', { title: 'New' }, { id: 'verified-2', time: later });
    expect(slack.messages).toEqual([expect.objectContaining({ text: 'octo/hello#17 New (by ann)', edits: 1 })]);
  });

  test('a Slack bot finds what it sent where the answer was lost', async () => {
    slack.fail({ answer: 'drop', effect: true });
    await expect(tell('bot')).rejects.toMatchObject({ code: 'chat.unavailable' });
    await tell('bot', {}, { attempt: 2 });
    expect(slack.messages).toHaveLength(1);
  });

  test('a Slack bot that was killed before it sent, sends', async () => {
    slack.fail({ answer: 'drop' });
    await expect(tell('bot')).rejects.toMatchObject({ code: 'chat.unavailable' });
    await tell('bot', {}, { attempt: 2 });
    expect(slack.messages).toHaveLength(1);
  });

  test('killed between the record of the attempt and the send, nothing is lost', async () => {
    await expect(tell('bot', {}, { dieAt: 'notifier.before-send' })).rejects.toThrow('killed');
    expect(slack.messages).toEqual([]);
    await tell('bot', {}, { attempt: 2 });
    expect(slack.messages).toHaveLength(1);
  });

  test('a newer event takes the lost message over', async () => {
    await expect(tell('bot', {}, { time: noon, dieAt: 'notifier.after-send' })).rejects.toThrow('killed');
    await tell('bot', { title: 'New' }, { id: 'verified-2', time: later });
    await tell('bot', {}, { time: noon, attempt: 2 });
    expect(slack.messages).toEqual([expect.objectContaining({ text: 'octo/hello#17 New (by ann)', edits: 1 })]);
  });

  test('a message sent in place of a deleted one is found as well', async () => {
    await tell('bot', {}, { time: noon });
    slack.deleteMessage(slack.messages[0]!.ts);
    const changed = { title: 'New' };
    const event = { id: 'verified-2', time: later };
    await expect(tell('bot', changed, { ...event, dieAt: 'notifier.after-send' })).rejects.toThrow('killed');
    await tell('bot', changed, { ...event, attempt: 2 });
    expect(slack.messages).toHaveLength(1);
  });

  test('a look-up that Slack refuses for good does not lose the message', async () => {
    await expect(tell('bot', {}, { dieAt: 'notifier.after-send' })).rejects.toThrow('killed');
    slack.fail({ answer: { status: 200, body: { ok: false, error: 'missing_scope' } } });
    await tell('bot', {}, { attempt: 2 });
    expect(slack.messages).toHaveLength(2);
    expect(logged.join('')).toContain('channels:history');
  });

  test('a look-up that fails for now is tried again rather than guessed', async () => {
    await expect(tell('bot', {}, { dieAt: 'notifier.after-send' })).rejects.toThrow('killed');
    slack.fail({ answer: { status: 503 } });
    await expect(tell('bot', {}, { attempt: 2 })).rejects.toMatchObject({ code: 'chat.unavailable' });
    expect(slack.messages).toHaveLength(1);
  });

  test.each([
    ['bot', () => slack.messages],
    ['group', () => telegram.messages],
    ['guild', () => discord.messages],
  ])('%s: an edit whose record is lost is done again, to the same effect', async (channel, shown) => {
    await tell(channel, {}, { time: noon });
    const changed = { title: 'New' };
    await expect(
      tell(channel, changed, { id: 'verified-2', time: later, dieAt: 'notifier.after-send' }),
    ).rejects.toThrow('killed');
    await tell(channel, changed, { id: 'verified-2', time: later, attempt: 2 });
    expect(shown()).toHaveLength(1);
    expect(JSON.stringify(shown()[0])).toContain('New');
  });

  // The stated exception: these platforms have no way to look.
  test.each([
    ['hook', () => slack.messages],
    ['group', () => telegram.messages],
    ['guild', () => discord.messages],
  ])('%s: repeats once, and is never lost', async (channel, shown) => {
    await expect(tell(channel, {}, { dieAt: 'notifier.after-send' })).rejects.toThrow('killed');
    await tell(channel, {}, { attempt: 2 });
    await tell(channel, {}, { attempt: 3 });
    expect(shown()).toHaveLength(2);
  });
});

describe('errors of a platform', () => {
  const slackErrors: readonly [error: string, expected: object][] = [
    ['ratelimited', { code: 'chat.unavailable', retryable: true }],
    ['internal_error', { code: 'chat.unavailable', retryable: true }],
    ['invalid_auth', { code: 'chat.refused', message: expect.stringContaining('Check the bot token') }],
    ['not_in_channel', { code: 'chat.refused', message: expect.stringContaining('Invite the bot') }],
    ['something_new', { code: 'chat.refused', message: expect.stringContaining('something_new') }],
  ];
  test.each(slackErrors)('Slack’s %s in an answer of 200 is told apart', async (error, expected) => {
    slack.fail({ answer: { status: 200, body: { ok: false, error } } });
    await expect(tell('bot')).rejects.toMatchObject(expected);
  });

  test('a revoked Slack webhook says what to do', async () => {
    slack.fail({ answer: { status: 404, body: 'no_service' } });
    await expect(tell('hook')).rejects.toMatchObject({
      code: 'chat.refused',
      message: expect.stringContaining('make a new one'),
    });
  });

  test('Telegram and Discord name the wait in the body', async () => {
    telegram.fail({ answer: { status: 429, body: { ok: false, parameters: { retry_after: 3 } } } });
    await expect(tell('group')).rejects.toMatchObject({ code: 'chat.unavailable', retryAfter: 3000 });
    discord.fail({
      answer: { status: 429, body: { message: 'You are being rate limited.', retry_after: 0.65, global: false } },
    });
    await expect(tell('guild')).rejects.toMatchObject({ code: 'chat.unavailable', retryAfter: 650 });
  });

  test('a group that became a supergroup says under which id it goes on', async () => {
    const body = {
      ok: false,
      description: 'Bad Request: group chat was upgraded',
      parameters: { migrate_to_chat_id: -1009 },
    };
    telegram.fail({ answer: { status: 400, body } });
    await expect(tell('group')).rejects.toMatchObject({
      code: 'chat.refused',
      message: expect.stringContaining('chat: -1009'),
    });
  });

  test('are counted by platform and outcome, and no secret is logged', async () => {
    slack.fail({ answer: { status: 404, body: 'no_service' } });
    await expect(tell('hook')).rejects.toThrow();
    telegram.fail({ answer: { status: 502 } });
    await expect(tell('group')).rejects.toThrow();
    await tell('guild');
    const { text } = await metrics.expose();
    expect(text).toContain('fairlead_notifications_total{platform="slack",outcome="refused"} 1');
    expect(text).toContain('fairlead_notifications_total{platform="telegram",outcome="failed"} 1');
    expect(text).toContain('fairlead_notifications_total{platform="discord",outcome="sent"} 1');
    expect(logged.join('')).toContain('message sent');
    expect(logged.join('')).not.toMatch(/fake-|Explain how to moor/);
  });
});
