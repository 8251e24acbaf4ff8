import { z } from 'zod';
import type { Clock } from '../observe/clock.ts';
import { cloudeventsFields, createCloudeventsChat } from './chat/cloudevents.ts';
import { consoleFields, createConsoleChat } from './chat/console.ts';
import { createDiscordChat, discordFields } from './chat/discord.ts';
import { checkSlack, createSlackChat, slackFields } from './chat/slack.ts';
import { createTelegramChat, telegramFields } from './chat/telegram.ts';
import type { Chat } from './chat.ts';
import { whenSchema } from './routing.ts';
import type { SecretSchema } from './secret.ts';

/**
 * The table of platforms, which is the one place to name a new one: its fields in the schema of a channel, and the Chat
 * that they make. All else about it stands in its own file in `chat/`.
 */
export function createChannelSchema(secret: SecretSchema) {
  const common = {
    name: z
      .string()
      .max(40)
      .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, {
        error: 'expected lower-case letters and digits, in words joined by hyphens',
      }),
    when: whenSchema.optional(),
  };
  return z
    .discriminatedUnion('platform', [
      z.strictObject({ ...common, ...consoleFields }),
      z.strictObject({ ...common, ...slackFields(secret) }),
      z.strictObject({ ...common, ...telegramFields(secret) }),
      z.strictObject({ ...common, ...discordFields(secret) }),
      z.strictObject({ ...common, ...cloudeventsFields(secret) }),
    ])
    .superRefine((settings, context) => {
      const problem = settings.platform === 'slack' ? checkSlack(settings) : undefined;
      if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
    });
}

export type ChannelSettings = z.output<ReturnType<typeof createChannelSchema>>;
export type Platform = ChannelSettings['platform'];

export function createChat(
  { clock, write }: { readonly clock: Clock; readonly write: (text: string) => void },
  settings: ChannelSettings,
): Chat {
  const context = { clock, where: `Channel “${settings.name}”` };
  switch (settings.platform) {
    case 'console':
      return createConsoleChat({ write });
    case 'slack':
      return createSlackChat(context, settings);
    case 'telegram':
      return createTelegramChat(context, settings);
    case 'discord':
      return createDiscordChat(context, settings);
    case 'cloudevents':
      return createCloudeventsChat(context, settings);
  }
}
