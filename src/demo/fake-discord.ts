import { z } from 'zod';
import {
  type FakeOptions,
  type FakeServer,
  parseBody,
  type Received,
  type Reply,
  startFakeServer,
} from './chat-server.ts';

/** A Discord channel's webhook as a real HTTP server on loopback: execute, and edit a message of its own. */
export interface FakeDiscord extends FakeServer {
  readonly webhookUrl: string;
  readonly messages: readonly DiscordMessage[];
  deleteMessage(id: string): void;
}

export interface DiscordMessage {
  readonly id: string;
  readonly content: string;
  /** Description of its one embed. */
  readonly description: string;
  readonly edits: number;
  /** Whom it pings: Discord looks at the content alone, and only for what `allowed_mentions` lets through. */
  readonly mentions: readonly string[];
}

const content = z.looseObject({
  content: z.string().max(2000).default(''),
  embeds: z
    .array(z.looseObject({ title: z.string().max(256).optional(), description: z.string().max(4096).default('') }))
    .max(10)
    .default([]),
  allowed_mentions: z.looseObject({ parse: z.array(z.enum(['everyone', 'users', 'roles'])).default([]) }).optional(),
});

const WEBHOOK_PATH = '/api/webhooks/1000000000000000000/fake-webhook-token';

export async function startFakeDiscord(options: FakeOptions = {}): Promise<FakeDiscord> {
  const messages: DiscordMessage[] = [];
  let count = 0;

  function execute(parsed: z.output<typeof content>, wait: boolean): Reply {
    count += 1;
    const message = { id: String(2_000_000_000 + count), edits: 0, ...toShown(parsed) };
    messages.push(message);
    return wait ? { status: 200, body: { id: message.id, content: message.content } } : { status: 204, body: '' };
  }

  function edit(parsed: z.output<typeof content>, id: string | undefined): Reply {
    const at = messages.findIndex((message) => message.id === id);
    const shown = messages[at];
    if (shown === undefined) return refused(404, 10008, 'Unknown Message');
    messages[at] = { ...shown, ...toShown(parsed), edits: shown.edits + 1 };
    return { status: 200, body: { id, content: parsed.content } };
  }

  function reply({ method, url, body }: Received): Reply {
    if (!url.pathname.startsWith(WEBHOOK_PATH)) return refused(404, 10015, 'Unknown Webhook');
    const parsed = content.safeParse(parseBody(body));
    if (!parsed.success) return refused(400, 50035, 'Invalid Form Body');
    if (parsed.data.content === '' && parsed.data.embeds.length === 0)
      return refused(400, 50006, 'Cannot send an empty message');
    if (method === 'PATCH') return edit(parsed.data, url.pathname.split('/messages/')[1]);
    return execute(parsed.data, url.searchParams.get('wait') === 'true');
  }

  const server = await startFakeServer(options, reply);
  return {
    ...server,
    webhookUrl: `${server.url}${WEBHOOK_PATH}`,
    messages,
    deleteMessage(id) {
      const at = messages.findIndex((message) => message.id === id);
      if (at !== -1) messages.splice(at, 1);
    },
  };
}

function toShown({ content: text, embeds, allowed_mentions }: z.output<typeof content>) {
  const allowed = allowed_mentions?.parse ?? ['everyone', 'users', 'roles'];
  const mentions = [
    ...(allowed.includes('everyone') ? (text.match(/@(?:everyone|here)/g) ?? []) : []),
    ...(allowed.includes('users') ? (text.match(/<@!?\d+>/g) ?? []) : []),
    ...(allowed.includes('roles') ? (text.match(/<@&\d+>/g) ?? []) : []),
  ];
  return { content: text, description: embeds[0]?.description ?? '', mentions };
}

function refused(status: number, code: number, message: string): Reply {
  return { status, body: { code, message } };
}
