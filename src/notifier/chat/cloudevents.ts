import { z } from 'zod';
import { FairleadError } from '../../events/fairlead-error.ts';
import type { Clock } from '../../observe/clock.ts';
import type { Chat } from '../chat.ts';
import { createExchange } from '../http.ts';
import type { SecretSchema } from '../secret.ts';

/**
 * Any receiver of CloudEvents over HTTP: a Knative sink, an automation, a program of one's own. It is given the verified
 * event as it is; what it shows of it, it has to escape itself.
 * @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md
 */
export function cloudeventsFields(secret: SecretSchema) {
  return {
    platform: z.literal('cloudevents'),
    url: z
      .union([z.string(), secret], { error: 'expected a URL, or { env: NAME } or { file: PATH } that holds one' })
      .refine(
        // Sinks inside a cluster have plain http addresses.
        (text) => /^https?:$/.test(URL.parse(text)?.protocol ?? ''),
        { error: 'expected a URL that starts with https:// or http://' },
      ),
    mode: z.enum(['binary', 'structured']).default('binary'),
    /** Sent as `Authorization: Bearer …`. */
    token: secret.optional(),
  };
}

export type CloudeventsSettings = z.output<z.ZodObject<ReturnType<typeof cloudeventsFields>>>;

export function createCloudeventsChat(
  { clock, where }: { readonly clock: Clock; readonly where: string },
  { url, mode, token }: CloudeventsSettings,
): Chat {
  const exchange = createExchange({ clock, where });
  const authorization: Readonly<Record<string, string>> =
    token === undefined ? {} : { authorization: `Bearer ${token}` };
  let loading: Promise<typeof import('cloudevents')> | undefined;
  return {
    forwards: true,
    async send({ event }, signal) {
      // Imported on first use: the SDK is a good part of a cold start, and few have such a channel.
      loading ??= import('cloudevents');
      const { CloudEvent, HTTP } = await loading;
      const encoded = HTTP[mode](new CloudEvent({ ...event }));
      const { status } = await exchange({
        url,
        headers: { ...(encoded.headers as Record<string, string>), ...authorization },
        body: String(encoded.body),
        signal,
      });
      if (status < 200 || status > 299) {
        throw new FairleadError('chat.refused', `${where}: the receiver answered ${status}.`, { status });
      }
      return undefined;
    },
  };
}
