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
export function createLogger(options: {
  readonly level: string;
  readonly destination?: DestinationStream;
  /** Lines are kept until this resolves, the process exits, or one tells of an error. */
  readonly after?: Promise<void>;
}): Logger {
  let held: (() => void)[] | undefined = options.after && [];
  /** When the line was said that is being written. */
  let saidAt: number | undefined;
  const release = () => {
    const lines = held ?? [];
    held = undefined;
    for (const line of lines) line();
    saidAt = undefined;
  };
  const hold = (line: () => void): boolean => {
    const at = Date.now();
    held?.push(() => {
      saidAt = at;
      line();
    });
    return held !== undefined;
  };
  if (held !== undefined) {
    void options.after?.then(release);
    process.once('exit', () => {
      release();
      // Opened only now, it has missed that the process exits.
      output?.flush();
    });
  }
  let writer: PinoLogger | undefined;
  let output: StandardOutput | undefined;
  const write = () => {
    if (options.destination === undefined) output ??= openStandardOutput();
    writer ??= pino(
      {
        level: options.level,
        base: null,
        timestamp: () => `,"time":${saidAt ?? Date.now()}`,
        formatters: { log: (fields) => withoutSecrets(fields) },
        serializers: { err: toFields },
      },
      options.destination ?? output?.stream,
    );
    return writer;
  };
  return toLogger(write, { hold, release });
}

interface Holding {
  /** Keeps the line for later, where lines are kept. */
  hold(line: () => void): boolean;
  release(): void;
}

function toLogger(writer: () => PinoLogger, holding: Holding): Logger {
  const at = (level: 'debug' | 'info' | 'warn' | 'error') =>
    ((...line: Parameters<LogFn>) => {
      if (level === 'error') holding.release();
      if (!holding.hold(() => writer()[level](...line))) writer()[level](...line);
    }) as LogFn;
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
      }, holding);
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

interface StandardOutput {
  readonly stream: DestinationStream;
  flush(): void;
}

/**
 * The lines of one turn of the event loop are written together; what is held when the process exits is written then. Not by
 * the destination's own flush: it waits for the disk, once a turn, where the output is a file.
 */
function openStandardOutput(): StandardOutput {
  const output = pino.destination({ fd: 1, sync: true });
  let held = '';
  const flush = () => {
    const lines = held;
    held = '';
    if (lines !== '') output.write(lines);
  };
  process.once('exit', flush);
  const write = (line: string) => {
    if (held === '') setImmediate(flush);
    held += line;
    if (held.length >= MOST_HELD) flush();
  };
  return { stream: { write }, flush };
}
