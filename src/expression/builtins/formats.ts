/** `@text`, `@json`, `@html`, `@uri`, `@csv` and the others: a value → text that is safe in its place. */
import { JqError } from '../jq-error.ts';
import { isArray, type Json } from '../json.ts';
import { countString } from '../meter.ts';
import { describe, formatNumber, toJson } from '../to-json.ts';
import { decodeBase32, decodeBase64, encodeBase32 } from './base-n.ts';

type Format = (value: Json) => string;

export function toText(value: Json): string {
  return typeof value === 'string' ? value : toJson(value);
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  "'": '&apos;',
  '"': '&quot;',
};
const TSV_ESCAPES: Readonly<Record<string, string>> = {
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
  '\\': '\\\\',
  '\0': '\\0',
};

const FORMATS: ReadonlyMap<string, Format> = new Map<string, Format>([
  ['text', toText],
  ['json', (value) => toJson(value)],
  ['html', (value) => toText(value).replace(/[&<>'"]/g, (character) => ENTITIES[character] as string)],
  ['uri', (value) => encodeUri(toText(value))],
  ['urid', (value) => decodeUri(toText(value))],
  ['csv', (value) => row(value, 'csv', ',', (text) => `"${text.replaceAll('"', '""')}"`)],
  [
    'tsv',
    (value) =>
      row(value, 'tsv', '\t', (text) => text.replace(/[\t\n\r\\\0]/g, (character) => TSV_ESCAPES[character] as string)),
  ],
  ['sh', toShell],
  ['base64', (value) => Buffer.from(toText(value)).toString('base64')],
  ['base64d', (value) => decodeBase64(toText(value))],
  ['base32', (value) => encodeBase32(toText(value))],
  ['base32d', (value) => decodeBase32(toText(value))],
]);

export function isFormat(name: string): boolean {
  return FORMATS.has(name);
}

export function applyFormat(name: string, value: Json): string {
  const format = FORMATS.get(name);
  if (format === undefined) throw new JqError(`${name} is not a valid format`);
  const text = format(value);
  countString(text.length);
  return text;
}

function encodeUri(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function decodeUri(text: string): string {
  if (/%(?![0-9a-fA-F]{2})/.test(text)) throw new JqError(`${describe(text)} is not a valid uri encoding`);
  const bytes: Uint8Array[] = text
    .split(/(%[0-9a-fA-F]{2})/)
    .map((part, i) => (i % 2 === 1 ? Uint8Array.of(Number.parseInt(part.slice(1), 16)) : Buffer.from(part)));
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(bytes));
  } catch {
    throw new JqError(`${describe(text)} is not a valid uri encoding`);
  }
}

function row(value: Json, name: string, separator: string, encode: (text: string) => string): string {
  if (!isArray(value)) throw new JqError(`${describe(value)} cannot be ${name}-formatted, only array`);
  return value
    .map((cell) => {
      if (cell === null) return '';
      if (typeof cell === 'string') return encode(cell);
      if (typeof cell === 'number') return Number.isNaN(cell) ? '' : formatNumber(cell);
      if (typeof cell === 'boolean') return String(cell);
      throw new JqError(`${describe(cell)} is not valid in a csv row`);
    })
    .join(separator);
}

function toShell(value: Json): string {
  const words = isArray(value) ? value : [value];
  return words
    .map((word) => {
      if (typeof word === 'object' && word !== null)
        throw new JqError(`${describe(word)} can not be escaped for shell`);
      return typeof word === 'string' ? `'${word.replaceAll("'", "'\\''")}'` : toJson(word);
    })
    .join(' ');
}
