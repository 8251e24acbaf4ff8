import { startFakeDiscord } from '../../src/demo/fake-discord.ts';
import { startFakeEventSink } from '../../src/demo/fake-event-sink.ts';
import { type FakeSlack, startFakeSlack } from '../../src/demo/fake-slack.ts';
import { startFakeTelegram } from '../../src/demo/fake-telegram.ts';
import { renderSlackForTerminal } from '../../src/demo/render-slack.ts';
import { createCloudeventsChat } from '../../src/notifier/chat/cloudevents.ts';
import { createConsoleChat } from '../../src/notifier/chat/console.ts';
import { createDiscordChat } from '../../src/notifier/chat/discord.ts';
import { createSlackChat } from '../../src/notifier/chat/slack.ts';
import { createTelegramChat } from '../../src/notifier/chat/telegram.ts';
import { type ChatUnderTest, describeChat } from './chat.ts';

const where = 'Channel “team”';

describeChat('the console', {}, async () => {
  const shown: string[] = [];
  return {
    chat: createConsoleChat({ write: (text) => shown.push(text) }),
    shown: () => shown,
    close: async () => undefined,
  };
});

describeChat('a Slack webhook', { wire: true }, async (clock) => {
  const slack = await startFakeSlack();
  return underSlack(slack, {
    chat: createSlackChat({ clock, where }, { platform: 'slack', webhook: slack.webhookUrl }),
    secret: 'fake-webhook-secret',
  });
});

describeChat('a Slack bot', { wire: true, edits: true, finds: true }, async (clock) => {
  const slack = await startFakeSlack();
  const bot = { token: slack.token, channel: slack.channel, api: slack.apiUrl };
  return underSlack(slack, {
    chat: createSlackChat({ clock, where }, { platform: 'slack', bot }),
    secret: slack.token,
  });
});

describeChat('Telegram', { wire: true, edits: true }, async (clock) => {
  const telegram = await startFakeTelegram();
  const { token, chat, url: api, messages, received, fail, close } = telegram;
  return {
    chat: createTelegramChat({ clock, where }, { platform: 'telegram', token, chat: String(chat), api }),
    // Without the word joiners that keep Telegram from making links.
    shown: () => messages.map(({ text }) => text.replaceAll('\u2060', '')),
    wire: { received, fail, secret: token },
    deleteAll: () => {
      for (const { id } of [...messages]) telegram.deleteMessage(id);
    },
    close,
  };
});

describeChat('a Discord webhook', { wire: true, edits: true }, async (clock) => {
  const discord = await startFakeDiscord();
  const { webhookUrl: webhook, messages, received, fail, close } = discord;
  return {
    chat: createDiscordChat({ clock, where }, { platform: 'discord', webhook }),
    shown: () => messages.map(({ description }) => description),
    wire: { received, fail, secret: 'fake-webhook-token' },
    deleteAll: () => {
      for (const { id } of [...messages]) discord.deleteMessage(id);
    },
    close,
  };
});

for (const mode of ['binary', 'structured'] as const) {
  describeChat(`a receiver of CloudEvents (${mode})`, { wire: true }, async (clock) => {
    const { url, events, received, fail, close } = await startFakeEventSink();
    const token = 'fake-sink-token';
    return {
      chat: createCloudeventsChat({ clock, where }, { platform: 'cloudevents', url, mode, token }),
      shown: () => events.map(({ data }) => JSON.stringify(data)),
      wire: { received, fail, secret: token },
      close,
    };
  });
}

function underSlack(
  slack: FakeSlack,
  { chat, secret }: Pick<ChatUnderTest, 'chat'> & { readonly secret: string },
): ChatUnderTest {
  const { messages, received, fail, close } = slack;
  return {
    chat,
    shown: () => messages.map(renderSlackForTerminal),
    wire: { received, fail, secret },
    deleteAll: () => {
      for (const { ts } of [...messages]) slack.deleteMessage(ts);
    },
    close,
  };
}
