import { z } from 'zod';
import {
  type FakeOptions,
  type FakeServer,
  parseBody,
  type Received,
  type Reply,
  startFakeServer,
} from './chat-server.ts';

/**
 * Slack as a real HTTP server on loopback: an incoming webhook, and `chat.postMessage`, `chat.update` and
 * `conversations.history` of its Web API with their token check, their limits and their errors. It reads messages as Slack
 * does, so that `mentions` says whom a message would have pinged.
 */
export interface FakeSlack extends FakeServer {
  readonly webhookUrl: string;
  readonly apiUrl: string;
  readonly token: string;
  /** Id of the one channel there is. */
  readonly channel: string;
  /** What the channel shows, oldest first. */
  readonly messages: readonly SlackMessage[];
  /** As a person in Slack does it. */
  deleteMessage(ts: string): void;
}

export interface SlackMessage {
  readonly ts: string;
  readonly by: 'webhook' | 'bot';
  readonly text: string;
  readonly blocks: readonly SlackBlock[];
  readonly metadata: unknown;
  /** How often it was edited. */
  readonly edits: number;
  /** Whom it pings, in Slack's own notation: `<!channel>`, `<@U123>`. */
  readonly mentions: readonly string[];
}

const style = z.looseObject({ bold: z.boolean().optional() }).optional();
const run = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text'), text: z.string().min(1), style }),
  z.strictObject({ type: z.literal('link'), url: z.url(), text: z.string().min(1).optional(), style }),
  z.strictObject({ type: z.literal('user'), user_id: z.string(), style }),
  z.strictObject({ type: z.literal('broadcast'), range: z.enum(['here', 'channel', 'everyone']), style }),
]);
const richSection = z.strictObject({ type: z.literal('rich_text_section'), elements: z.array(run) });
const block = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('rich_text'),
    elements: z.array(
      z.discriminatedUnion('type', [
        richSection,
        z.strictObject({
          type: z.literal('rich_text_list'),
          style: z.enum(['bullet', 'ordered']),
          elements: z.array(richSection),
        }),
      ]),
    ),
  }),
  z.looseObject({
    type: z.literal('section'),
    text: z.looseObject({ type: z.enum(['mrkdwn', 'plain_text']), text: z.string().min(1).max(3000) }),
  }),
]);

export type SlackBlock = z.output<typeof block>;
export type SlackRun = z.output<typeof run>;

const content = z.looseObject({
  text: z.string().max(40_000).default(''),
  blocks: z.array(block).max(50).default([]),
  link_names: z.boolean().default(false),
  metadata: z.looseObject({ event_type: z.string(), event_payload: z.record(z.string(), z.unknown()) }).optional(),
});

const WEBHOOK_PATH = '/services/T0000000/B0000000/fake-webhook-secret';
const TOKEN = 'xoxb-fake-bot-token';
const CHANNEL = 'C0FAIRLEAD';

export interface FakeSlackOptions extends FakeOptions {
  /** Slack's clock, which its messages are numbered by; default the system's. */
  readonly now?: () => number;
}

export async function startFakeSlack({ now = Date.now, ...options }: FakeSlackOptions = {}): Promise<FakeSlack> {
  const messages: SlackMessage[] = [];
  let count = 0;

  function show(parsed: z.output<typeof content>, by: SlackMessage['by']): SlackMessage {
    count += 1;
    const ts = `${Math.floor(now() / 1000)}.${String(count).padStart(6, '0')}`;
    const message = { ts, by, edits: 0, ...toShown(parsed) };
    messages.push(message);
    return message;
  }

  function webhook(request: Received): Reply {
    const parsed = content.safeParse(parseBody(request.body));
    if (!parsed.success)
      return { status: 400, body: errorOf(parsed.error) === 'invalid_blocks' ? 'invalid_blocks' : 'invalid_payload' };
    if (parsed.data.text === '' && parsed.data.blocks.length === 0) return { status: 400, body: 'no_text' };
    show(parsed.data, 'webhook');
    return { status: 200, body: 'ok' };
  }

  const methods: Readonly<Record<string, (request: Received) => object>> = {
    'chat.postMessage'(request) {
      const parsed = content.extend({ channel: z.string() }).safeParse(parseBody(request.body));
      if (!parsed.success) return { ok: false, error: errorOf(parsed.error) };
      if (parsed.data.channel !== CHANNEL) return { ok: false, error: 'channel_not_found' };
      const { ts, text, blocks } = show(parsed.data, 'bot');
      return { ok: true, channel: CHANNEL, ts, message: { ts, text, blocks } };
    },
    'chat.update'(request) {
      const parsed = content.extend({ channel: z.string(), ts: z.string() }).safeParse(parseBody(request.body));
      if (!parsed.success) return { ok: false, error: errorOf(parsed.error) };
      const at = messages.findIndex(({ ts }) => ts === parsed.data.ts);
      const shown = messages[at];
      if (shown === undefined || parsed.data.channel !== CHANNEL) return { ok: false, error: 'message_not_found' };
      if (shown.by !== 'bot') return { ok: false, error: 'cant_update_message' };
      messages[at] = { ...shown, ...toShown(parsed.data), edits: shown.edits + 1 };
      return { ok: true, channel: CHANNEL, ts: shown.ts, text: parsed.data.text };
    },
    'conversations.history'(request) {
      const form = new URLSearchParams(request.body);
      if (form.get('channel') !== CHANNEL) return { ok: false, error: 'channel_not_found' };
      const withMetadata = form.get('include_all_metadata') === 'true';
      const since = messages.filter(({ ts }) => Number(ts) > Number(form.get('oldest') ?? 0)).reverse();
      const from = Number(form.get('cursor') ?? 0);
      const to = from + Number(form.get('limit') ?? 100);
      return {
        ok: true,
        messages: since.slice(from, to).map(({ ts, text, blocks, metadata }) => ({
          type: 'message',
          ts,
          text,
          blocks,
          ...(withMetadata && metadata ? { metadata } : {}),
        })),
        has_more: to < since.length,
        response_metadata: { next_cursor: to < since.length ? String(to) : '' },
      };
    },
  };

  const server = await startFakeServer(options, (request) => {
    if (request.url.pathname === WEBHOOK_PATH) return webhook(request);
    const method = methods[request.url.pathname.replace(/^\/api\//, '')];
    if (method === undefined) return { status: 404, body: 'no_service' };
    if (request.headers.authorization !== `Bearer ${TOKEN}`)
      return { status: 200, body: { ok: false, error: 'invalid_auth' } };
    return { status: 200, body: method(request) };
  });
  return {
    ...server,
    webhookUrl: `${server.url}${WEBHOOK_PATH}`,
    apiUrl: `${server.url}/api`,
    token: TOKEN,
    channel: CHANNEL,
    messages,
    deleteMessage(ts) {
      const at = messages.findIndex((message) => message.ts === ts);
      if (at !== -1) messages.splice(at, 1);
    },
  };
}

function toShown({ text, blocks, metadata, link_names }: z.output<typeof content>) {
  const mentions = [...mentionsIn(text, link_names), ...blocks.flatMap(mentionsOf)];
  return { text, blocks, metadata, mentions };
}

function mentionsOf(shown: SlackBlock): readonly string[] {
  if (shown.type === 'section') return shown.text.type === 'mrkdwn' ? mentionsIn(shown.text.text, false) : [];
  const sections = shown.elements.flatMap((element) =>
    element.type === 'rich_text_list' ? element.elements : [element],
  );
  return sections.flatMap(({ elements }) =>
    elements.flatMap((element) => {
      if (element.type === 'user') return [`<@${element.user_id}>`];
      return element.type === 'broadcast' ? [`<!${element.range}>`] : [];
    }),
  );
}

/** @see https://docs.slack.dev/messaging/formatting-message-text#special-mentions */
function mentionsIn(mrkdwn: string, linkNames: boolean): readonly string[] {
  const written = mrkdwn.match(/<(?:!(?:here|channel|everyone|subteam\^\w+)|@[UW]\w+)(?:\|[^>]*)?>/g) ?? [];
  const named = linkNames ? (mrkdwn.match(/(?<!\w)@(?:here|channel|everyone)\b/g) ?? []) : [];
  return [...written, ...named];
}

function errorOf(error: z.ZodError): string {
  return error.issues.some(({ path }) => path[0] === 'blocks') ? 'invalid_blocks' : 'invalid_arguments';
}
