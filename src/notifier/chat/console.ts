import { z } from 'zod';
import type { Chat } from '../chat.ts';
import { type Line, layOut, type Span } from '../layout.ts';

/** Messages on standard output: the channel of a bot nobody has given channels to yet. Nothing to escape: inert text has no control characters. */
export const consoleFields = { platform: z.literal('console') };

export function createConsoleChat({ write }: { readonly write: (text: string) => void }): Chat {
  return {
    async send(message) {
      write(`${layOut(message).map(toText).join('\n')}\n`);
      return undefined;
    },
  };
}

function toText({ bullet, spans }: Line): string {
  const links = spans.flatMap(({ href }) => href ?? []);
  const text = spans.map(({ text }: Span) => text).join('');
  return `${bullet ? '  • ' : ''}${text}${links.map((href) => ` <${href}>`).join('')}`;
}
