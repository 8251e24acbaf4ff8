import { z } from 'zod';
import { FairleadError } from '../../events/fairlead-error.ts';
import type { Clock } from '../../observe/clock.ts';
import type { Chat } from '../chat.ts';
import { type Answer, createExchange, parseJson, toUnexpected } from '../http.ts';
import { inert } from '../inert.ts';
import { firstLines, type Line, layOut, type Span } from '../layout.ts';
import type { Message } from '../message.ts';
import { type SecretSchema, secretUrl } from '../secret.ts';

/**
 * Discord by a channel's webhook: posts, and edits in place. A webhook cannot list what it wrote, so there is no look-up:
 * killed between send and record, a message may repeat.
 * @see https://discord.com/developers/docs/resources/webhook#execute-webhook
 */
export function discordFields(secret: SecretSchema) {
  return { platform: z.literal('discord'), webhook: secretUrl(secret) };
}

export type DiscordSettings = z.output<z.ZodObject<ReturnType<typeof discordFields>>>;

const sent = z.object({ id: z.string().regex(/^\d+$/) });
const failed = z.object({ code: z.int(), message: z.string() });
const limited = z.object({ retry_after: z.number() });

export function createDiscordChat(
  { clock, where }: { readonly clock: Clock; readonly where: string },
  { webhook }: DiscordSettings,
): Chat {
  const exchange = createExchange({ clock, where, retryAfterIn: (body) => limited.safeParse(body).data?.retry_after });
  const headers = { 'content-type': 'application/json' };

  return {
    async send(message, signal) {
      const url = new URL(webhook);
      // Without it Discord answers before it has made the message, and does not name it.
      url.searchParams.set('wait', 'true');
      const body = JSON.stringify(toDiscordContent(message));
      const answer = await exchange({ url: url.href, headers, body, signal });
      const { data } = sent.safeParse(parseJson(answer.text));
      if (answer.status !== 200 || data === undefined) throw toError(where, answer);
      return data.id;
    },
    async update(reference, message, signal) {
      const url = new URL(webhook);
      url.pathname = `${url.pathname.replace(/\/+$/, '')}/messages/${reference}`;
      const body = JSON.stringify(toDiscordContent(message));
      const answer = await exchange({ url: url.href, method: 'PATCH', headers, body, signal });
      if (answer.status !== 200) throw toError(where, answer);
      return reference;
    },
  };
}

/** @see https://discord.com/developers/docs/resources/message#embed-object-embed-limits */
const DESCRIPTION_LIMIT = 4096;

const CALM = 0x2e7d32;
const TROUBLED = 0xc77700;

/** One embed, which mentions nobody whatever it says; that nothing may be mentioned is said beside it too. */
function toDiscordContent(message: Message) {
  const lines = firstLines(layOut(message), DESCRIPTION_LIMIT, (line) => toMarkdown(line).length + 1);
  return {
    embeds: [{ description: lines.map(toMarkdown).join('\n'), color: message.problems.length === 0 ? CALM : TROUBLED }],
    allowed_mentions: { parse: [] },
  };
}

function toMarkdown({ bullet, spans }: Line): string {
  return `${bullet ? '- ' : ''}${spans.map(toRun).join('')}`;
}

function toRun({ text, href, bold }: Span): string {
  const escaped = escapeMarkdown(text);
  const linked = href === undefined ? escaped : `[${escaped}](${encodeParentheses(href)})`;
  return bold ? `**${linked}**` : linked;
}

/**
 * A backslash before every character that opens something in Discord's markdown: emphasis, code, spoilers, quotes,
 * headings, lists, links; `<`, `@` and `:` for mentions, timestamps, emoji and bare addresses.
 * @see https://support.discord.com/hc/en-us/articles/210298617
 */
function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_~|>#+\-[\]()<@:]/g, '\\$&');
}

function encodeParentheses(url: string): string {
  return url.replaceAll('(', '%28').replaceAll(')', '%29');
}

/** “Unknown Message”. @see https://discord.com/developers/docs/topics/opcodes-and-status-codes#json-json-error-codes */
const UNKNOWN_MESSAGE = 10008;
const UNKNOWN_WEBHOOK = 10015;

function toError(where: string, answer: Answer): FairleadError {
  const { data } = failed.safeParse(parseJson(answer.text));
  if (data === undefined) return toUnexpected(where, answer);
  const fix = data.code === UNKNOWN_WEBHOOK ? ' The webhook was deleted; make a new one.' : '';
  const code = data.code === UNKNOWN_MESSAGE ? 'chat.gone' : 'chat.refused';
  const text = `${where}: Discord says “${inert(data.message, 200)}” (${data.code}).${fix}`;
  return new FairleadError(code, text, { status: answer.status });
}
