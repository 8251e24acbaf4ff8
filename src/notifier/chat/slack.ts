import { z } from 'zod';
import { FairleadError } from '../../events/fairlead-error.ts';
import type { Clock } from '../../observe/clock.ts';
import type { Chat } from '../chat.ts';
import { createExchange, type Exchange, parseJson, toUnexpected } from '../http.ts';
import type { Message } from '../message.ts';
import { apiRoot, type SecretSchema, secretUrl } from '../secret.ts';
import { POSTING, toSlackContent } from './slack-blocks.ts';

/**
 * Slack in its two ways. An incoming webhook is a URL that takes messages and says nothing about them: no edit, no
 * look-up. A bot token posts, edits in place, and finds a message again by the metadata it was posted with.
 * @see https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
 * @see https://docs.slack.dev/reference/methods/chat.postMessage
 */
export function slackFields(secret: SecretSchema) {
  return {
    platform: z.literal('slack'),
    webhook: secretUrl(secret).optional(),
    bot: z
      .strictObject({
        token: secret,
        channel: z.string().regex(/^[CDG][A-Z0-9]{2,20}$/, {
          error: 'expected a channel’s id such as C0123456789 (in Slack: View channel details), not its name',
        }),
        api: apiRoot('https://slack.com/api'),
      })
      .optional(),
  };
}

export type SlackSettings = z.output<z.ZodObject<ReturnType<typeof slackFields>>>;
type BotSettings = NonNullable<SlackSettings['bot']>;

/** What is wrong with settings whose fields are each right, if anything is. */
export function checkSlack({ webhook, bot }: SlackSettings): string | undefined {
  return (webhook === undefined) === (bot === undefined)
    ? 'a Slack channel has either webhook: (posts only) or bot: { token, channel } (edits in place)'
    : undefined;
}

export function createSlackChat(
  { clock, where }: { readonly clock: Clock; readonly where: string },
  { webhook, bot }: SlackSettings,
): Chat {
  const exchange = createExchange({ clock, where });
  if (bot !== undefined) return createBotChat({ exchange, where }, bot);
  return createWebhookChat({ exchange, where }, webhook as string);
}

function createWebhookChat({ exchange, where }: Wire, url: string): Chat {
  return {
    async send(message, signal) {
      const body = JSON.stringify({ ...toSlackContent(message), ...POSTING });
      const answer = await exchange({ url, headers: JSON_BODY, body, signal });
      if (answer.status !== 200) throw toError(where, answer.text, answer.status);
      return undefined;
    },
  };
}

/** Metadata that a message is found by. */
const METADATA_TYPE = 'fairlead_pull_request';

/** Look-ups read the newest messages first, this many pages at most. */
const HISTORY_PAGES = 5;
const HISTORY_PAGE = 100;

/** How far Slack's clock may be behind ours. */
const CLOCK_SKEW_S = 300;

const posted = z.object({ channel: z.string(), ts: z.string() });
const history = z.object({
  messages: z.array(
    z.object({
      ts: z.string(),
      metadata: z.object({ event_type: z.string(), event_payload: z.record(z.string(), z.unknown()) }).optional(),
    }),
  ),
  response_metadata: z.object({ next_cursor: z.string().optional() }).nullish(),
});

function createBotChat(wire: Wire, { token, channel, api }: BotSettings): Chat {
  const authorization = { authorization: `Bearer ${token}` };
  const post = (method: string, content: object, signal: AbortSignal) =>
    call(
      wire,
      { url: `${api}/${method}`, headers: { ...authorization, ...JSON_BODY }, body: JSON.stringify(content), signal },
      posted,
    );

  return {
    async send(message, signal) {
      const { channel: at, ts } = await post(
        'chat.postMessage',
        { channel, ...toBotContent(message), ...POSTING },
        signal,
      );
      return `${at}:${ts}`;
    },
    async update(reference, message, signal) {
      const [at, ts] = reference.split(':');
      await post('chat.update', { channel: at, ts, ...toBotContent(message) }, signal);
      return reference;
    },
    async find(message, since, signal) {
      let cursor = '';
      for (let page = 0; page < HISTORY_PAGES; page += 1) {
        // Unlike those that write, this method takes a form only.
        const body = new URLSearchParams({
          channel,
          oldest: String(Math.floor(since / 1000) - CLOCK_SKEW_S),
          limit: String(HISTORY_PAGE),
          include_all_metadata: 'true',
          ...(cursor === '' ? {} : { cursor }),
        }).toString();
        const headers = { ...authorization, 'content-type': 'application/x-www-form-urlencoded' };
        const found = await call(wire, { url: `${api}/conversations.history`, headers, body, signal }, history);
        const ours = found.messages.find(
          ({ metadata }) => metadata?.event_type === METADATA_TYPE && metadata.event_payload.key === message.key,
        );
        if (ours !== undefined) return `${channel}:${ours.ts}`;
        cursor = found.response_metadata?.next_cursor ?? '';
        if (cursor === '') return undefined;
      }
      return undefined;
    },
  };
}

interface Wire {
  readonly exchange: Exchange;
  readonly where: string;
}

const JSON_BODY = { 'content-type': 'application/json; charset=utf-8' };

function toBotContent(message: Message) {
  return { ...toSlackContent(message), metadata: { event_type: METADATA_TYPE, event_payload: { key: message.key } } };
}

/** A method of the Web API: it answers 200 and says in the body whether it worked. */
async function call<Result>(
  { exchange, where }: Wire,
  request: Parameters<Exchange>[0],
  result: z.ZodType<Result>,
): Promise<Result> {
  const answer = await exchange(request);
  const body = z.looseObject({ ok: z.boolean(), error: z.string().optional() }).safeParse(parseJson(answer.text)).data;
  if (body?.ok === false) throw toError(where, body.error ?? '', answer.status);
  const parsed = result.safeParse(body);
  if (!parsed.success) throw toUnexpected(where, answer);
  return parsed.data;
}

/** Errors of the Web API that pass by themselves. @see https://docs.slack.dev/reference/methods/chat.postMessage#errors */
const PASSING = new Set([
  'ratelimited',
  'rate_limited',
  'internal_error',
  'fatal_error',
  'service_unavailable',
  'request_timeout',
  'team_added_to_org',
]);

const GONE = new Set(['message_not_found', 'cant_update_message', 'edit_window_closed']);

const FIXES: Readonly<Record<string, string>> = {
  invalid_auth: 'Check the bot token.',
  not_authed: 'Check the bot token.',
  token_revoked: 'Install the Slack app again and use its new token.',
  token_expired: 'Use a token that does not expire, or renew it.',
  account_inactive: 'Install the Slack app again and use its new token.',
  missing_scope: 'The bot needs the scopes chat:write and, to look messages up, channels:history or groups:history.',
  not_in_channel: 'Invite the bot to the channel.',
  channel_not_found: 'Check the channel’s id, and invite the bot where the channel is private.',
  is_archived: 'The channel is archived; name another.',
  channel_is_archived: 'The channel is archived; make a webhook for another.',
  no_service: 'The webhook was revoked; make a new one.',
  no_team: 'The workspace is gone; make a webhook in another.',
};

function toError(where: string, answer: string, status: number): FairleadError {
  // Only Slack's own words are repeated: an answer from elsewhere could hold anything.
  const error = /^[a-z_]{1,60}$/.test(answer.trim()) ? answer.trim() : `status ${status}`;
  const fix = FIXES[error];
  const text = `${where}: Slack says ${error}.${fix === undefined ? '' : ` ${fix}`}`;
  const code = PASSING.has(error) ? 'chat.unavailable' : GONE.has(error) ? 'chat.gone' : 'chat.refused';
  return new FairleadError(code, text, { status });
}
