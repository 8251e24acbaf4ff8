import { z } from 'zod';
import {
  type FakeOptions,
  type FakeServer,
  parseBody,
  type Received,
  type Reply,
  startFakeServer,
} from './chat-server.ts';

/** Telegram's Bot API as a real HTTP server on loopback: `sendMessage` and `editMessageText` with one token and one chat. */
export interface FakeTelegram extends FakeServer {
  readonly token: string;
  readonly chat: number;
  readonly messages: readonly TelegramMessage[];
  deleteMessage(id: number): void;
}

export interface TelegramMessage {
  readonly id: number;
  readonly text: string;
  readonly entities: readonly TelegramEntity[];
  readonly edits: number;
  /** What Telegram makes a link of by itself: mentions, commands, hashtags, addresses. */
  readonly automaticLinks: readonly string[];
}

const entity = z.strictObject({
  type: z.enum(['bold', 'text_link', 'code']),
  offset: z.int().nonnegative(),
  length: z.int().positive(),
  url: z.url().optional(),
});
export type TelegramEntity = z.output<typeof entity>;

const content = z.looseObject({
  chat_id: z.union([z.string(), z.int()]).transform(String),
  text: z.string(),
  entities: z.array(entity).max(100).default([]),
});

const TOKEN = '1000000:fake-telegram-token';
const CHAT = -1001234567890;
const TEXT_LIMIT = 4096;

export async function startFakeTelegram(options: FakeOptions = {}): Promise<FakeTelegram> {
  const messages: TelegramMessage[] = [];
  let count = 0;

  function sendMessage(parsed: z.output<typeof content>): Reply {
    count += 1;
    messages.push({ id: count, edits: 0, ...toShown(parsed) });
    return done(count, parsed.text);
  }

  function editMessageText(parsed: z.output<typeof content>): Reply {
    const at = messages.findIndex(({ id }) => id === parsed.message_id);
    const shown = messages[at];
    if (shown === undefined) return refused(400, 'Bad Request: message to edit not found');
    const edited = toShown(parsed);
    if (shown.text === edited.text && JSON.stringify(shown.entities) === JSON.stringify(edited.entities)) {
      return refused(400, 'Bad Request: message is not modified: the content is the same');
    }
    messages[at] = { ...shown, ...edited, edits: shown.edits + 1 };
    return done(shown.id, parsed.text);
  }

  function reply({ url, body }: Received): Reply {
    const [, bot, method] = url.pathname.split('/');
    if (bot !== `bot${TOKEN}`) return refused(401, 'Unauthorized');
    const parsed = content.safeParse(parseBody(body));
    if (!parsed.success) return refused(400, 'Bad Request: parameters cannot be parsed');
    if (parsed.data.chat_id !== String(CHAT)) return refused(400, 'Bad Request: chat not found');
    if (parsed.data.text.length > TEXT_LIMIT) return refused(400, 'Bad Request: message is too long');
    if (method === 'sendMessage') return sendMessage(parsed.data);
    return method === 'editMessageText' ? editMessageText(parsed.data) : refused(404, 'Not Found');
  }

  return {
    ...(await startFakeServer(options, reply)),
    token: TOKEN,
    chat: CHAT,
    messages,
    deleteMessage(id) {
      const at = messages.findIndex((message) => message.id === id);
      if (at !== -1) messages.splice(at, 1);
    },
  };
}

function toShown({ text, entities }: z.output<typeof content>) {
  return { text, entities, automaticLinks: automaticLinksIn(text) };
}

function automaticLinksIn(text: string): readonly string[] {
  return text.match(/(?<!\w)[@#/$]\w{2,}|\b\w+:\/\/\w+|\b[\w-]+\.[a-z]{2,}\b/giu) ?? [];
}

function done(id: number, text: string): Reply {
  return {
    status: 200,
    body: { ok: true, result: { message_id: id, date: 0, chat: { id: CHAT, type: 'supergroup' }, text } },
  };
}

function refused(status: number, description: string): Reply {
  return { status, body: { ok: false, error_code: status, description } };
}
