import { z } from 'zod';
import { FairleadError } from '../../events/fairlead-error.ts';
import type { Clock } from '../../observe/clock.ts';
import type { Chat } from '../chat.ts';
import { type Answer, createExchange, parseJson, toUnexpected } from '../http.ts';
import { inert } from '../inert.ts';
import { firstLines, type Line, layOut } from '../layout.ts';
import type { Message } from '../message.ts';
import { apiRoot, type SecretSchema } from '../secret.ts';

/**
 * Telegram by a bot: posts, and edits in place. A bot cannot read what it wrote, so there is no look-up: killed between
 * send and record, a message may repeat.
 * @see https://core.telegram.org/bots/api#sendmessage
 */
export function telegramFields(secret: SecretSchema) {
  return {
    platform: z.literal('telegram'),
    token: secret.refine((token) => /^\d+:[\w-]+$/.test(token), {
      error: 'the secret is not a bot token as BotFather gives it (123456:ABC…)',
    }),
    chat: z
      .union([z.int(), z.string().regex(/^(?:@\w{4,64}|-?\d{1,20})$/)], {
        error: 'expected a chat’s numeric id, or @name of a public channel',
      })
      .transform(String),
    topic: z.int().positive().optional(),
    api: apiRoot('https://api.telegram.org'),
  };
}

export type TelegramSettings = z.output<z.ZodObject<ReturnType<typeof telegramFields>>>;

const sent = z.object({
  ok: z.literal(true),
  result: z.object({ message_id: z.int(), chat: z.object({ id: z.int() }) }),
});
const failed = z.object({
  description: z.string(),
  parameters: z.object({ migrate_to_chat_id: z.number().optional() }).optional(),
});
const limited = z.object({ parameters: z.object({ retry_after: z.number() }) });

export function createTelegramChat(
  { clock, where }: { readonly clock: Clock; readonly where: string },
  { token, chat, topic, api }: TelegramSettings,
): Chat {
  const exchange = createExchange({
    clock,
    where,
    retryAfterIn: (body) => limited.safeParse(body).data?.parameters.retry_after,
  });

  function call(method: string, parameters: object, signal: AbortSignal): Promise<Answer> {
    const headers = { 'content-type': 'application/json' };
    return exchange({ url: `${api}/bot${token}/${method}`, headers, body: JSON.stringify(parameters), signal });
  }

  return {
    async send(message, signal) {
      const thread = topic === undefined ? {} : { message_thread_id: topic };
      const answer = await call('sendMessage', { chat_id: chat, ...thread, ...toTelegramContent(message) }, signal);
      const { data } = sent.safeParse(parseJson(answer.text));
      if (data === undefined) throw toError(where, answer);
      return `${data.result.chat.id}:${data.result.message_id}`;
    },
    async update(reference, message, signal) {
      const [chatId, messageId] = reference.split(':');
      const target = { chat_id: chatId, message_id: Number(messageId) };
      const answer = await call('editMessageText', { ...target, ...toTelegramContent(message) }, signal);
      if (answer.status !== 200 && !/message is not modified/i.test(answer.text)) throw toError(where, answer);
      return reference;
    },
  };
}

interface TelegramEntity {
  readonly type: 'bold' | 'text_link';
  /** In UTF-16 units, as JavaScript counts. */
  readonly offset: number;
  readonly length: number;
  readonly url?: string;
}

/** @see https://core.telegram.org/bots/api#sendmessage */
const TEXT_LIMIT = 4096;

/**
 * Plain text, with what is bold or a link told beside it by position: no parse mode, so no markup to escape. Telegram
 * still makes links of what looks like a mention, command, hashtag or address; a word joiner (U+2060) after the
 * character that starts one prevents it.
 * @see https://core.telegram.org/bots/api#messageentity
 */
function toTelegramContent(message: Message) {
  const entities: TelegramEntity[] = [];
  let text = '';
  for (const { bullet, spans } of firstLines(layOut(message), TEXT_LIMIT, lengthOf)) {
    if (text !== '') text += '\n';
    if (bullet) text += BULLET;
    for (const span of spans) {
      const shown = withoutAutomaticLinks(span.text);
      const position = { offset: text.length, length: shown.length };
      if (span.bold) entities.push({ type: 'bold', ...position });
      if (span.href !== undefined) entities.push({ type: 'text_link', ...position, url: span.href });
      text += shown;
    }
  }
  return { text, entities, link_preview_options: { is_disabled: true } };
}

const BULLET = '• ';

function withoutAutomaticLinks(text: string): string {
  return text.replace(/[@#$/.:](?=\S)/gu, '$&\u2060');
}

function lengthOf({ bullet, spans }: Line): number {
  return spans.reduce((sum, { text }) => sum + withoutAutomaticLinks(text).length, 1 + (bullet ? BULLET.length : 0));
}

const GONE = /message to edit not found|message can't be edited|message_id_invalid/i;

function toError(where: string, answer: Answer): FairleadError {
  const { data } = failed.safeParse(parseJson(answer.text));
  if (data === undefined) return toUnexpected(where, answer);
  const moved = data.parameters?.migrate_to_chat_id;
  const fix = moved === undefined ? '' : ` The group has become a supergroup; set chat: ${moved}.`;
  const code = GONE.test(data.description) ? 'chat.gone' : 'chat.refused';
  const text = `${where}: Telegram says “${inert(data.description, 200)}”.${fix}`;
  return new FairleadError(code, text, { status: answer.status });
}
