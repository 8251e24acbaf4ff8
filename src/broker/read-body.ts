/**
 * A request's body in memory, bounded in size and time while it arrives: nothing beyond the bound is kept or read, and a
 * sender that dawdles is dropped.
 */
import type { IncomingMessage } from 'node:http';
import type { Problem } from '../events/problem.ts';
import type { Clock } from '../observe/clock.ts';

export interface BodyLimits {
  readonly maxBytes: number;
  /** Milliseconds from now until the last byte must be here. */
  readonly timeoutMs: number;
}

/** The body, or why it was refused; undefined when the sender went away and there is nobody to answer. */
export function readBody(
  { clock }: { readonly clock: Clock },
  req: IncomingMessage,
  { maxBytes, timeoutMs }: BodyLimits,
): Promise<Buffer | Problem | undefined> {
  const tooLarge: Problem = { status: 413, detail: `The body is larger than ${maxBytes} bytes.` };
  if (Number(req.headers['content-length']) > maxBytes) return Promise.resolve(tooLarge);
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const cancel = clock.after(timeoutMs, () =>
      settle({ status: 408, detail: `The body did not arrive within ${timeoutMs / 1000} s.` }),
    );
    req.on('data', take).on('end', end).on('close', leave);

    function take(chunk: Buffer): void {
      length += chunk.length;
      if (length > maxBytes) settle(tooLarge);
      else chunks.push(chunk);
    }
    function end(): void {
      settle(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, length));
    }
    function leave(): void {
      settle(undefined);
    }
    function settle(result: Buffer | Problem | undefined): void {
      cancel();
      req.off('data', take).off('end', end).off('close', leave);
      if (!Buffer.isBuffer(result)) req.pause();
      resolve(result);
    }
  });
}
