/** Base64 and base32 of UTF-8 text (RFC 4648). */
import { JqError } from '../jq-error.ts';
import { describe } from '../to-json.ts';

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

export function encodeBase32(text: string): string {
  let result = '';
  let bits = 0;
  let value = 0;
  for (const byte of Buffer.from(text)) {
    value = ((value << 8) | byte) & 0xfff;
    bits += 8;
    for (; bits >= 5; bits -= 5) result += BASE32[(value >> (bits - 5)) & 31];
  }
  if (bits > 0) result += BASE32[(value << (5 - bits)) & 31];
  return result.padEnd(Math.ceil(result.length / 8) * 8, '=');
}

export function decodeBase32(text: string): string {
  const bytes: number[] = [];
  let bits = 0;
  let value = 0;
  for (const character of text.replace(/=+$/, '')) {
    const digit = BASE32.indexOf(character);
    if (digit < 0) throw new JqError(`${describe(text)} is not valid base32 data`);
    value = ((value << 5) | digit) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((value >> bits) & 255);
    }
  }
  return Buffer.from(bytes).toString();
}

/** Padding may be left out; a single digit that is left over is an error, as is anything that is no digit. */
export function decodeBase64(text: string): string {
  const digits = text.replace(/=+$/, '');
  if (/[^A-Za-z0-9+/]/.test(digits)) throw new JqError(`${describe(text)} is not valid base64 data`);
  if (digits.length % 4 === 1) throw new JqError(`${describe(text)} trailing base64 byte found`);
  return Buffer.from(digits, 'base64').toString();
}
