import { randomBytes } from 'node:crypto';

/**
 * A new UUID of version 7: ids made later sort later, to the millisecond.
 * @param now epoch milliseconds
 * @see https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-7
 */
export function createRunId(now: number): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(now, 0, 6);
  bytes[6] = 0x70 | ((bytes[6] as number) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] as number) & 0x3f);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
