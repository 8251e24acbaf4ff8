/** A log that keeps what it is told, for tests that look at it, and prints nothing. */
import type { Logger } from '../../src/observe/log.ts';

export interface QuietLog extends Logger {
  readonly lines: readonly { readonly level: string; readonly message: string; readonly fields: unknown }[];
}

export function createQuietLog(): QuietLog {
  const lines: { level: string; message: string; fields: unknown }[] = [];
  const at =
    (level: string) =>
    (fields: unknown, message = ''): void => {
      lines.push({ level, message: String(message), fields });
    };
  const log = { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), child: () => log };
  return log as unknown as QuietLog;
}
