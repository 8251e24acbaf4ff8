import type { Logger as PinoLogger } from 'pino';

/** The logger every room is given: pino, with fields before the message. */
export type Logger = Pick<PinoLogger, 'debug' | 'info' | 'warn' | 'error'> & {
  child(fields: Readonly<Record<string, unknown>>): Logger;
};
