/** Strings by codepoint, as jq counts them. Text without surrogates, which is nearly all text, takes the short way. */
import { countString } from './meter.ts';

const SURROGATE = /[\ud800-\udfff]/;

export function hasSurrogates(text: string): boolean {
  return SURROGATE.test(text);
}

export function length(text: string): number {
  countString(text.length, 0);
  if (!SURROGATE.test(text)) return text.length;
  return offsetToIndex(text, text.length);
}

/** How many codepoints there are before a UTF-16 offset. */
export function offsetToIndex(text: string, offset: number): number {
  let count = 0;
  for (let i = 0; i < offset; i += (text.codePointAt(i) ?? 0) > 0xffff ? 2 : 1) count += 1;
  return count;
}

/** The UTF-16 offset of a codepoint. */
export function indexToOffset(text: string, index: number): number {
  let offset = 0;
  for (let i = 0; i < index && offset < text.length; i += 1) offset += (text.codePointAt(offset) ?? 0) > 0xffff ? 2 : 1;
  return offset;
}

export function sliceText(text: string, from: number, to: number): string {
  if (!SURROGATE.test(text)) return text.slice(from, to);
  return text.slice(indexToOffset(text, from), indexToOffset(text, to));
}

export function codepoints(text: string): number[] {
  return Array.from(text, (character) => character.codePointAt(0) ?? 0);
}
