import { type DestinationStream, type LogFn, type Logger as PinoLogger, pino } from 'pino';

/** The logger every room is given: pino, with fields before the message. */
export type Logger = Pick<PinoLogger, 'debug' | 'info' | 'warn' | 'error'> & {
  child(fields: Readonly<Record<string, unknown>>): Logger;
};

/** Fields that never reach a log line, wherever a careless caller puts them. */
const SECRETS: ReadonlySet<string> = new Set(['authorization', 'token', 'secret', 'privateKey']);

/** How far down fields are looked for: a request's headers in an object of the line. */
const DEPTH = 2;

/** Characters that are kept for one write at most; more is written at once. */
const MOST_HELD = 8 * 1024;

/**
 * JSON lines on standard output, or on `destination`. Error objects go under `err`; request and response bodies nowhere.
 * What writes them is made for the first line: a start has nothing to say before it has answered
 * (docs/decisions/0008-cold-start.md).
 */
export function createLogger(options: { readonly level: string; readonly destination?: DestinationStream }): Logger {
  let writer: PinoLogger | undefined;
  const write = () => {
    writer ??= pino(
      {
        level: options.level,
        base: null,
        formatters: { log: (fields) => withoutSecrets(fields) },
        serializers: { err: toFields },
      },
      options.destination ?? openStandardOutput(),
    );
    return writer;
  };
  return toLogger(write);
}

function toLogger(writer: () => PinoLogger): Logger {
  const at = (level: 'debug' | 'info' | 'warn' | 'error') =>
    ((...line: Parameters<LogFn>) => writer()[level](...line)) as LogFn;
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => {
      let child: PinoLogger | undefined;
      return toLogger(() => {
        child ??= writer().child(withoutSecrets({ ...fields }));
        return child;
      });
    },
  };
}

/** Answers the fields themselves where there is nothing to leave out, which is nearly always: pino's own redaction costs more than the line. */
function withoutSecrets(fields: Record<string, unknown>, depth = 0): Record<string, unknown> {
  let told = fields;
  for (const [name, value] of Object.entries(fields)) {
    if (SECRETS.has(name)) {
      const { [name]: _, ...others } = told;
      told = others;
    } else if (depth < DEPTH && isPlain(value)) {
      const inner = withoutSecrets(value, depth + 1);
      if (inner !== value) told = { ...told, [name]: inner };
    }
  }
  return told;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Error);
}

/** An error as pino tells it, without the request and the answer that Octokit's errors carry. */
function toFields(error: Error): Record<string, unknown> {
  const { request: _request, response: _response, ...fields } = pino.stdSerializers.err(error);
  return withoutSecrets({ ...fields });
}

/**
 * The lines of one turn of the event loop are written together; what is held when the process exits is written then. Not by
 * the destination's own flush: it waits for the disk, once a turn, where the output is a file.
 */
function openStandardOutput(): DestinationStream {
  const output = pino.destination({ fd: 1, sync: true });
  let held = '';
  const flush = () => {
    const lines = held;
    held = '';
    if (lines !== '') output.write(lines);
  };
  process.once('exit', flush);
  return {
    write(line) {
      if (held === '') setImmediate(flush);
      held += line;
      if (held.length >= MOST_HELD) flush();
    },
  };
}
