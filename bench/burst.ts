/**
 * What every contender of the workflow benchmark is asked, each in a process of its own: to run workflows for so long, so
 * many at once. Peers import this file too, so that all are driven and timed by the same loop.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { median } from './report.ts';

/** So many workflows are kept under way for so long; those under way at the end are waited for and counted. */
export interface Burst {
  readonly concurrency: number;
  readonly ms: number;
}

export interface BurstResult {
  readonly perSecond: number;
  /** From asking for a workflow to having its output, the middle one, milliseconds. */
  readonly p50: number;
  /** Transactions committed for each workflow, by whoever can tell. */
  readonly commits?: number;
}

/** `runOne` starts a workflow with the number given and resolves to its output, once that is durable. */
export async function burst(
  { concurrency, ms }: Burst,
  runOne: (number: number) => Promise<unknown>,
  expected: (number: number) => unknown,
): Promise<{ readonly count: number } & BurstResult> {
  const latencies: number[] = [];
  const start = performance.now();
  let number = 0;
  async function keepOne(): Promise<void> {
    while (performance.now() - start < ms) {
      number += 1;
      const own = number;
      const asked = performance.now();
      const output = await runOne(own);
      latencies.push(performance.now() - asked);
      if (output !== expected(own)) throw new Error(`workflow ${own} came to ${JSON.stringify(output)}`);
    }
  }
  await Promise.all(Array.from({ length: concurrency }, keepOne));
  const seconds = (performance.now() - start) / 1000;
  return { count: latencies.length, perSecond: latencies.length / seconds, p50: median(latencies) };
}

/** For the contender's process: says that it is ready and answers each request; ends with the parent. */
export function serve<Request, Answer>(answer: (request: Request) => Promise<Answer>): void {
  process.on('message', (request: Request) => {
    answer(request).then(
      (answered) => process.send?.({ answered }),
      (error: unknown) => process.send?.({ failed: String(error instanceof Error ? error.stack : error) }),
    );
  });
  process.once('disconnect', () => process.exit());
  process.send?.({ answered: 'ready' });
}

export interface Contender<Request, Answer> {
  ask(request: Request): Promise<Answer>;
  stop(): Promise<void>;
}

const PATIENCE_MS = 120_000;

/** Starts a process that {@link serve}s, and waits until it is ready. */
export async function startContender<Request extends object, Answer>(
  file: string,
  args: readonly string[],
  execArgv: readonly string[] = [],
): Promise<Contender<Request, Answer>> {
  const child = fork(file, args, { execArgv: [...execArgv], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  try {
    await next(child);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  return {
    async ask(request) {
      child.send(request);
      return (await next(child)) as Answer;
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

/** Rejects when the process ends, fails, or says nothing for too long. */
async function next(child: ChildProcess): Promise<unknown> {
  const heard = new AbortController();
  const signal = AbortSignal.any([heard.signal, AbortSignal.timeout(PATIENCE_MS)]);
  const ended = once(child, 'exit', { signal }).then(([code]) => {
    throw new Error(`a process of the benchmark (${child.spawnargs.at(-1)}) ended with ${code}`);
  });
  try {
    const [message] = (await Promise.race([once(child, 'message', { signal }), ended])) as [
      { readonly answered?: unknown; readonly failed?: string },
    ];
    if (message.failed !== undefined) throw new Error(message.failed);
    return message.answered;
  } finally {
    heard.abort();
    await ended.catch(() => undefined);
  }
}
