/**
 * A request's body in memory, bounded in size and time while it arrives: nothing beyond the bound is kept or read, and a
 * sender that dawdles is dropped.
 */
import type { IncomingMessage } from 'node:http';
import type { Problem } from '../events/problem.ts';
import type { Clock } from '../observe/clock.ts';
import type { BodyClaim } from './body-budget.ts';

export interface BodyLimits {
  readonly maxBytes: number;
  /** Milliseconds from now until the last byte must be here. */
  readonly timeoutMs: number;
}

/** Chunks that are kept as they came, at most, before they become one. */
const LOOSE = 1_000;
/** Bytes together from which on they are no small ones. */
const LARGE = 256 * 1024;

/** Seconds after which the bodies that are in memory now have been dealt with. */
const RETRY_SOON = 1;

/**
 * The body, or why it was refused; undefined when the sender went away and there is nobody to answer. A claim holds the
 * body's bytes until the caller gives them back; of a body that is not returned nothing stays claimed.
 */
export function readBody(
  { clock, claim }: { readonly clock: Clock; readonly claim?: BodyClaim },
  req: IncomingMessage,
  { maxBytes, timeoutMs }: BodyLimits,
): Promise<Buffer | Problem | undefined> {
  const tooLarge: Problem = { status: 413, detail: `The body is larger than ${maxBytes} bytes.` };
  const noRoom: Problem = {
    status: 503,
    detail: 'The bodies of other requests fill the memory that there is for them.',
    retryAfter: RETRY_SOON,
  };
  const announced = Number(req.headers['content-length'] ?? 0);
  if (announced > maxBytes) return Promise.resolve(tooLarge);
  if (claim?.fits(announced) === false) return Promise.resolve(noRoom);
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    /** From where on chunks are as they came; those before are whole or large. */
    let loose = 0;
    let looseBytes = 0;
    const cancel = clock.after(timeoutMs, () =>
      settle({ status: 408, detail: `The body did not arrive within ${timeoutMs / 1000} s.` }),
    );
    req.on('data', take).on('end', end).on('close', leave);

    function take(chunk: Buffer): void {
      length += chunk.length;
      if (length > maxBytes) settle(tooLarge);
      else if (claim?.take(chunk.length) === false) settle(noRoom);
      else keep(chunk);
    }
    /** Small ones become one: each would keep some hundred bytes beside its own, which nobody counts. */
    function keep(chunk: Buffer): void {
      chunks.push(chunk);
      looseBytes += chunk.length;
      if (chunks.length - loose < LOOSE && looseBytes < LARGE) return;
      if (looseBytes < LARGE) chunks.push(Buffer.concat(chunks.splice(loose), looseBytes));
      loose = chunks.length;
      looseBytes = 0;
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
      if (!Buffer.isBuffer(result)) {
        claim?.release();
        req.pause();
      }
      resolve(result);
    }
  });
}
