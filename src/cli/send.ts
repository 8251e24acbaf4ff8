import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { LocalConfig } from '../config.ts';
import { type ExamplePayload, exampleEvents, examplePayloads } from '../demo/example-payload.ts';
import { signedWebhook } from '../demo/signed-webhook.ts';
import { FairleadError } from '../events/fairlead-error.ts';
import { EXIT_CODES, type Invocation } from './command.ts';
import { plain } from './terminal.ts';
import { suggestion, usage } from './usage.ts';

const ANSWER_WITHIN_MS = 15_000;
const LONGEST_ANSWER = 2000;
/** What an example is of where no action is asked for, in this order; an event with neither is sent as its first example. */
const BEGINNINGS = ['opened', 'created'];

/** `fairlead send <event>`: a webhook signed with the bot's own secret. */
export async function send({ context, arguments: [event], option }: Invocation): Promise<number> {
  const config = context.readLocalConfig(context.environment);
  if (config.webhookSecret === undefined) {
    throw new FairleadError(
      'config.invalid',
      'WEBHOOK_SECRET is not set. Set it to the secret that the running bot has, or run this beside its .env.',
    );
  }
  const path = option('payload');
  if (path !== undefined && option('action') !== undefined) {
    throw usage('--action chooses among the examples; the payload of --payload has its own.');
  }
  const payload = path === undefined ? exampleOf(event as string, option('action')) : readPayload(path);
  const url = option('url') ?? defaultUrl(config);
  const guid = option('id') ?? randomUUID();
  const { headers, body } = signedWebhook({ event: event as string, payload, secret: config.webhookSecret, guid });
  const response = await post(url, headers, body);
  const answer = plain((await response.text()).slice(0, LONGEST_ANSWER));
  const { action } = (payload ?? {}) as { readonly action?: unknown };
  const sent = plain(typeof action === 'string' ? `${event}.${action}` : (event as string));
  context.stdout.write(
    `${response.status} ${response.ok ? 'accepted' : 'refused'} ${sent} ${guid}${answer && `  ${answer}`}\n`,
  );
  return response.ok ? EXIT_CODES.done : EXIT_CODES.failed;
}

function defaultUrl({ http }: LocalConfig): string {
  const host = http.host === '0.0.0.0' || http.host === '::' ? '127.0.0.1' : http.host;
  return `http://${host.includes(':') ? `[${host}]` : host}:${http.port}${http.webhookPath}`;
}

async function post(url: string, headers: Readonly<Record<string, string>>, body: Buffer): Promise<Response> {
  if (!URL.canParse(url) || !/^https?:/.test(url))
    throw usage(`--url is “${url}”; it takes an http:// or https:// URL.`);
  try {
    return await fetch(url, {
      method: 'POST',
      headers,
      body: new Uint8Array(body),
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
  } catch (error) {
    const { code, message } = ((error as Error).cause ?? error) as NodeJS.ErrnoException;
    const why = typeof code === 'string' ? code : message;
    throw new FairleadError(
      'delivery.failed',
      `No answer from ${url} (${why}). Is the bot running? “fairlead start” runs it.`,
      { cause: error },
    );
  }
}

function readPayload(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw usage(`--payload names ${path}, which cannot be read (${(error as NodeJS.ErrnoException).code}).`);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw usage(`${path} is not JSON: ${(error as Error).message}`);
  }
}

/** The example of an action, else of what a workflow most likely starts by, and before others one of an installation. */
function exampleOf(event: string, action: string | undefined): ExamplePayload {
  const examples = examplePayloads(event);
  if (examples === undefined) {
    throw usage('There are no example payloads in an installed package; give one with --payload <file>.');
  }
  if (examples.length === 0) {
    const meant = suggestion(event, exampleEvents());
    throw usage(`There is no example of the event “${event}”; give a payload with --payload <file>.${meant}`);
  }
  const actions = [...new Set(examples.map((one) => one.action))].filter((one) => one !== undefined);
  const wanted = action ?? BEGINNINGS.find((beginning) => actions.includes(beginning));
  const fitting = examples.filter((example) => wanted === undefined || example.action === wanted);
  const example = fitting.find(({ installation }) => installation !== undefined) ?? fitting[0];
  if (example) return example;
  throw usage(
    actions.length === 0
      ? `The event “${event}” has no actions; leave --action out.`
      : `There is no example of “${event}” with the action “${action}”, but of: ${actions.join(', ')}.`,
  );
}
