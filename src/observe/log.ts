import { type DestinationStream, type Logger as PinoLogger, pino } from 'pino';

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

/** JSON lines on standard output, or on `destination`. Error objects go under `err`; request and response bodies nowhere. */
export function createLogger(options: { readonly level: string; readonly destination?: DestinationStream }): Logger {
  const { level, destination } = options;
  return pino(
    { level, base: null, redact: { paths: REDACTED, remove: true } },
    destination ?? pino.destination({ fd: 1, sync: true }),
  );
}
