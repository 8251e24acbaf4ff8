/** Text: prefixes, trimming, splitting, case, codepoints. */
import { JqError } from '../jq-error.ts';
import { isArray, type Json } from '../json.ts';
import { countArray, countString, work } from '../meter.ts';
import { splitString } from '../operators.ts';
import { describe } from '../to-json.ts';
import { codepoints, hasSurrogates, offsetToIndex } from '../unicode.ts';
import { byValue, type Family } from './builtin.ts';

function startsWith(input: Json, prefix: Json): boolean {
  if (typeof input !== 'string' || typeof prefix !== 'string') throw new JqError('startswith() requires string inputs');
  return input.startsWith(prefix);
}

function endsWith(input: Json, suffix: Json): boolean {
  if (typeof input !== 'string' || typeof suffix !== 'string') throw new JqError('endswith() requires string inputs');
  return input.endsWith(suffix);
}

function trimStart(input: Json, prefix: Json): Json {
  return startsWith(input, prefix) ? (input as string).slice((prefix as string).length) : input;
}

function trimEnd(input: Json, suffix: Json): Json {
  return endsWith(input, suffix)
    ? (input as string).slice(0, (input as string).length - (suffix as string).length)
    : input;
}

/** Unicode White_Space; JavaScript's own trimming also takes U+FEFF and leaves U+0085. */
const LEADING = /^[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/;
const TRAILING = /[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;

function requireText(input: Json): string {
  if (typeof input !== 'string') throw new JqError('trim input must be a string');
  countString(input.length, 0);
  return input;
}

function trimLeft(text: string): string {
  return text.replace(LEADING, '');
}

/** Backwards by hand: a pattern anchored at the end alone takes quadratic time. */
function trimRight(text: string): string {
  let end = text.length;
  while (end > 0 && TRAILING.test(text[end - 1] as string)) end -= 1;
  return text.slice(0, end);
}

function changeCase(input: Json, pattern: RegExp, change: (text: string) => string): Json {
  if (typeof input !== 'string') throw new JqError('explode input must be a string');
  countString(input.length);
  return input.replace(pattern, change);
}

function explode(input: Json): Json {
  if (typeof input !== 'string') throw new JqError('explode input must be a string');
  countArray(input.length);
  return codepoints(input);
}

const REPLACEMENT = 0xfffd;

function implode(input: Json): Json {
  if (!isArray(input)) throw new JqError('implode input must be an array');
  countString(input.length);
  let text = '';
  for (const item of input) {
    if (typeof item !== 'number' || Number.isNaN(item)) {
      throw new JqError(`${describe(item)} can't be imploded, unicode codepoint needs to be numeric`);
    }
    const point = Math.trunc(item);
    const isValid = point >= 0 && point <= 0x10ffff && (point & ~0x7ff) !== 0xd800;
    text += String.fromCodePoint(isValid ? point : REPLACEMENT);
  }
  return text;
}

/** Where `wanted` stands in the text, overlaps included, by codepoint. */
export function indicesOfText(text: string, wanted: string): Json {
  if (wanted === '') return [];
  countString(text.length, 0);
  const found: number[] = [];
  const isPlain = !hasSurrogates(text);
  let index = 0;
  let before = 0;
  for (let offset = text.indexOf(wanted); offset >= 0; offset = text.indexOf(wanted, offset + 1)) {
    work(1);
    index = isPlain ? offset : index + offsetToIndex(text.slice(before, offset), offset - before);
    before = offset;
    found.push(index);
  }
  countArray(found.length);
  return found;
}

export const strings: Family = {
  'startswith/1': byValue((input, prefix) => startsWith(input, prefix as Json)),
  'endswith/1': byValue((input, suffix) => endsWith(input, suffix as Json)),
  'ltrimstr/1': byValue((input, prefix) => trimStart(input, prefix as Json)),
  'rtrimstr/1': byValue((input, suffix) => trimEnd(input, suffix as Json)),
  'trimstr/1': byValue((input, both) => trimEnd(trimStart(input, both as Json), both as Json)),
  'trim/0': byValue((input) => trimLeft(trimRight(requireText(input)))),
  'ltrim/0': byValue((input) => trimLeft(requireText(input))),
  'rtrim/0': byValue((input) => trimRight(requireText(input))),
  'split/1': byValue((input, separator) => {
    if (typeof input !== 'string' || typeof separator !== 'string')
      throw new JqError('split input and separator must be strings');
    return splitString(input, separator);
  }),
  'ascii_downcase/0': byValue((input) => changeCase(input, /[A-Z]+/g, (text) => text.toLowerCase())),
  'ascii_upcase/0': byValue((input) => changeCase(input, /[a-z]+/g, (text) => text.toUpperCase())),
  'ascii/0': byValue((input) => implode([input])),
  'explode/0': byValue(explode),
  'implode/0': byValue(implode),
  '_strindices/1': byValue((input, wanted) => {
    if (typeof input !== 'string') throw new JqError(`${describe(input)} cannot be searched, as it is not a string`);
    if (typeof wanted !== 'string') throw new JqError(`${describe(wanted as Json)} is not a string`);
    return indicesOfText(input, wanted);
  }),
};
