/**
 * The keys that an issuer publishes (a JWKS), fetched when first needed and kept. They are fetched again when they have
 * grown old, and when a token names one that is not among them, though no more often than every few seconds, whoever asks.
 * Keys that were good go on being used while the issuer cannot be reached. That there is no such key is said only of keys
 * just fetched: of a key that may be new, a final answer would cost its sender the event.
 */
import { promises as files } from 'node:fs';
import { get as httpGet, type IncomingMessage } from 'node:http';
import { FairleadError } from '../../events/fairlead-error.ts';
import type { Clock } from '../../observe/clock.ts';
import type { Logger } from '../../observe/log.ts';
import { type SigningKey, toSigningKey } from './token.ts';

export interface Keys {
  /** Undefined when the issuer has no such key. @throws FairleadError `oidc.unavailable` while that cannot be known */
  find(id: string): Promise<SigningKey | undefined>;
}

export interface KeysOptions {
  readonly url: URL;
  /** Holds the token that is sent along, where the issuer wants one; read anew each time, for it is renewed there. */
  readonly tokenFile: string | undefined;
}

const FRESH_MS = 10 * 60_000;
const AT_MOST_EVERY_MS = 5_000;
const PATIENCE_MS = 5_000;
const MOST_BYTES = 256 * 1024;
const MOST_KEYS = 100;

export function createKeys(
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
  { url, tokenFile }: KeysOptions,
): Keys {
  let keys: ReadonlyMap<string, SigningKey> | undefined;
  let fetchedAt = Number.NEGATIVE_INFINITY;
  let triedAt = Number.NEGATIVE_INFINITY;
  let fetching: Promise<boolean> | undefined;

  /** Whether the keys are now as the issuer has them. */
  async function refresh(): Promise<boolean> {
    if (fetching === undefined && clock.now() - triedAt < AT_MOST_EVERY_MS) return false;
    triedAt = fetching === undefined ? clock.now() : triedAt;
    fetching ??= load().finally(() => {
      fetching = undefined;
    });
    return fetching;
  }

  async function load(): Promise<boolean> {
    try {
      keys = toKeys(await fetchText(clock, url, tokenFile));
      fetchedAt = clock.now();
      return true;
    } catch (error) {
      log.error({ err: error, host: url.host }, 'the keys that sign tokens of incoming events cannot be fetched');
      return false;
    }
  }

  return {
    async find(id) {
      const known = keys?.get(id);
      if (known !== undefined) {
        // Whoever waits for an answer need not wait for this.
        if (clock.now() - fetchedAt > FRESH_MS) void refresh();
        return known;
      }
      if (await refresh()) return keys?.get(id);
      throw new FairleadError('oidc.unavailable', 'The key that the token names is not known yet.', {
        retryAfter: AT_MOST_EVERY_MS,
      });
    },
  };
}

function toKeys(text: string): ReadonlyMap<string, SigningKey> {
  const { keys } = JSON.parse(text) as { readonly keys?: unknown };
  if (!Array.isArray(keys)) throw new Error('the answer is no set of keys');
  const usable = keys.slice(0, MOST_KEYS).flatMap((jwk) => toSigningKey(jwk) ?? []);
  if (usable.length === 0) throw new Error('none of the keys can be used: RSA of 2048 bits or more, and P-256, can');
  return new Map(usable.map((key) => [key.id, key]));
}

/** Redirects are not followed: nobody configured where they lead. */
async function fetchText(clock: Clock, url: URL, tokenFile: string | undefined): Promise<string> {
  const token = tokenFile === undefined ? undefined : (await files.readFile(tokenFile, 'utf8')).trim();
  const patience = new AbortController();
  const cancel = clock.after(PATIENCE_MS, () => patience.abort());
  try {
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      // Loaded when it is first needed: TLS costs each start 4 ms.
      const get = url.protocol === 'https:' ? process.getBuiltinModule('node:https').get : httpGet;
      const headers = { accept: 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
      get(url, { headers, signal: patience.signal }, resolve).once('error', reject);
    });
    return await textOf(answer);
  } finally {
    cancel();
  }
}

async function textOf(answer: IncomingMessage): Promise<string> {
  if (answer.statusCode !== 200) {
    answer.destroy();
    throw new Error(`the issuer answered ${answer.statusCode}`);
  }
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MOST_BYTES) throw new Error(`the answer is larger than ${MOST_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length).toString('utf8');
}
