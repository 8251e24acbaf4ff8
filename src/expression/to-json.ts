/**
 * Values → JSON text, as jq prints them: numbers with the fewest digits that read back the same, in jq's notation;
 * NaN as null and infinities as the largest double; DEL escaped. Without recursion; what is deeper than jq prints is skipped.
 */
import { isArray, type Json, typeName } from './json.ts';
import { countString, tick } from './meter.ts';
import { MAX_DEPTH } from './order.ts';

const SKIPPED = '<skipped: too deep>';
/** What JSON or jq escapes, or what is half a character: quotes, backslashes, controls, DEL, surrogates. */
const NEEDS_ESCAPE = /[^ !#-[\]-~\u0080-\ud7ff\ue000-\uffff]/;

export function formatNumber(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return Object.is(value, -0) ? '-0' : `${value}`;
  if (Number.isNaN(value)) return 'null';
  if (value === Infinity) return '1.7976931348623157e+308';
  if (value === -Infinity) return '-1.7976931348623157e+308';
  const [mantissa = '', power = ''] = value.toExponential().split('e');
  const sign = mantissa.startsWith('-') ? '-' : '';
  const digits = mantissa.replace(/[-.]/g, '');
  const exponent = Number(power);
  if (exponent < -4 || exponent + 1 > digits.length + 15) return scientific(sign, digits, exponent);
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  if (digits.length <= exponent + 1) return sign + digits.padEnd(exponent + 1, '0');
  return `${sign}${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
}

function scientific(sign: string, digits: string, exponent: number): string {
  const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
  return `${sign}${digits[0]}${fraction}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

export function quote(text: string): string {
  if (!NEEDS_ESCAPE.test(text)) return `"${text}"`;
  return JSON.stringify(text.toWellFormed()).replaceAll('\u007f', '\\u007f');
}

function formatScalar(value: null | boolean | number | string): string {
  if (typeof value === 'string') return quote(value);
  return typeof value === 'number' ? formatNumber(value) : String(value);
}

interface Level {
  readonly values: Json | undefined;
  readonly keys: readonly string[] | undefined;
  readonly size: number;
  index: number;
}

/** With `enough`, stops soon after that many characters: for excerpts in messages. */
export function toJson(value: Json, enough = Infinity): string {
  if (typeof value !== 'object' || value === null) return formatScalar(value);
  let text = '';
  const levels: Level[] = [];

  function write(item: Json): void {
    if (typeof item !== 'object' || item === null) {
      text += formatScalar(item);
    } else if (levels.length > MAX_DEPTH) {
      text += SKIPPED;
    } else {
      tick();
      const keys = isArray(item) ? undefined : Object.keys(item);
      text += keys === undefined ? '[' : '{';
      levels.push({ values: item, keys, size: keys?.length ?? (item as readonly Json[]).length, index: 0 });
      countString(text.length, 0);
    }
  }

  write(value);
  for (let level = levels[0]; level !== undefined && text.length <= enough; level = levels[levels.length - 1]) {
    const { keys, index, size } = level;
    if (index === size) {
      text += keys === undefined ? ']' : '}';
      levels.pop();
      continue;
    }
    level.index += 1;
    tick();
    if ((index & 63) === 63) countString(text.length, 0);
    if (index > 0) text += ',';
    const key = keys === undefined ? index : (keys[index] as string);
    if (keys !== undefined) text += `${quote(key as string)}:`;
    write((level.values as Record<string | number, Json>)[key] ?? null);
  }
  if (enough === Infinity) countString(text.length);
  return text;
}

/** jq's messages show values in at most this many bytes. */
const EXCERPT_BYTES = 29;

const CLOSING: Readonly<Record<string, string>> = { string: '"', array: ']', object: '}' };

/** The JSON of a value as messages show it, cut to 29 bytes of UTF-8. */
export function excerpt(value: Json): string {
  const text = toJson(value, EXCERPT_BYTES + 1);
  if (Buffer.byteLength(text) <= EXCERPT_BYTES) return text;
  const ending = `...${CLOSING[typeName(value)] ?? ''}`;
  let shown = '';
  let bytes = 0;
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > EXCERPT_BYTES - ending.length) break;
    shown += character;
  }
  return shown + ending;
}

/** Such as `string ("abc")`. */
export function describe(value: Json): string {
  return `${typeName(value)} (${excerpt(value)})`;
}
