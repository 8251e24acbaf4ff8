/**
 * How an event's data lies in its column: as JSON text, or, where it is long and the database does not do it by itself,
 * compressed by Snappy. A webhook's payload repeats itself: a seventh of it is left, so that it takes one page in place of
 * three, in the log and again in the file. That is most of what the commit of a webhook costs
 * (docs/decisions/0019-packed-payloads.md).
 */
import { createRequire } from 'node:module';

/** Text, or Snappy's raw format: https://github.com/google/snappy/blob/main/format_description.txt */
export type Packed = string | Buffer;

type Snappy = Pick<typeof import('snappy'), 'compressSync' | 'uncompressSync'>;

/** Bytes from which data is compressed: what is shorter shares its page with other rows anyway. */
const LONG = 4096;

const load = createRequire(import.meta.filename);
let snappy: Snappy | undefined;

function codec(): Snappy {
  snappy ??= load('snappy') as Snappy;
  return snappy;
}

/**
 * Packs JSON, or its bytes in UTF-8. The first long text stays as it is: who sent it may be waiting for a process to start,
 * and need not wait for the codec, too.
 */
export function createPack(): (text: string | Buffer) => Packed {
  let isFirst = true;
  return (text) => {
    const isLeft = text.length < LONG || isFirst;
    if (text.length >= LONG) isFirst = false;
    // Copied into memory of our own: Snappy's would be as long as the text, and stay until the collector comes.
    return isLeft ? text.toString() : codec().compressSync(text, { copyOutputData: true });
  };
}

/** @throws Error when the bytes are not Snappy's */
export function unpackData(packed: Packed): string {
  return typeof packed === 'string' ? packed : (codec().uncompressSync(packed, { asBuffer: false }) as string);
}
