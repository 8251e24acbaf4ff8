import { type DestinationStream, type LogFn, type Logger as PinoLogger, pino } from 'pino';

/** The logger every room is given: pino, with fields before the message. */
export type Logger = Pick<PinoLogger, 'debug' | 'info' | 'warn' | 'error'> & {
  child(fields: Readonly<Record<string, unknown>>): Logger;
};

/** Paths whose values never reach a log line, wherever a careless caller puts them. */
const REDACTED = [
  'authorization',
  'token',
  'secret',
  'privateKey',
  'headers.authorization',
  '*.authorization',
  '*.token',
  '*.secret',
  '*.privateKey',
  '*.headers.authorization',
  'err.request',
  'err.response',
];

/**
 * JSON lines on standard output, or on `destination`. Error objects go under `err`; request and response bodies nowhere.
 * What writes them is made for the first line: a start has nothing to say before it has answered
 * (docs/decisions/0008-cold-start.md).
 */
export function createLogger(options: { readonly level: string; readonly destination?: DestinationStream }): Logger {
  let writer: PinoLogger | undefined;
  const write = () => {
    writer ??= pino(
      { level: options.level, base: null, redact: { paths: REDACTED, remove: true } },
      options.destination ?? pino.destination({ fd: 1, sync: true }),
    );
    return writer;
  };
  const at = (level: 'debug' | 'info' | 'warn' | 'error') =>
    ((...line: Parameters<LogFn>) => write()[level](...line)) as LogFn;
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => write().child(fields),
  };
}
