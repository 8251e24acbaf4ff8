import { stripVTControlCharacters, styleText } from 'node:util';
import type { Environment } from '../config.ts';
import type { Output } from './command.ts';

/** Emphasis on a terminal; the same words without it elsewhere. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  good(text: string): string;
  bad(text: string): string;
  accent(text: string): string;
}

/** Colour only where a person reads it: on a terminal, and not when NO_COLOR is set (https://no-color.org). */
export function styleFor(output: Output, environment: Environment): Style {
  const forced = environment.FORCE_COLOR;
  const isTerminal = output.isTTY === true && environment.TERM !== 'dumb';
  const colour = !environment.NO_COLOR && (forced ? forced !== '0' : isTerminal);
  const styled = (format: Parameters<typeof styleText>[0]) => (text: string) =>
    colour ? styleText(format, text, { validateStream: false }) : text;
  return {
    bold: styled('bold'),
    dim: styled('dim'),
    good: styled('green'),
    bad: styled('red'),
    accent: styled('cyan'),
  };
}

/** Others' words on one line: whatever could move the cursor, recolour, or turn the reading direction is taken out. */
export function plain(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll(/[\t\n\v\f\r\u0085\u2028\u2029]+/g, ' ')
    .replaceAll(/[\p{Cc}\p{Bidi_Control}]/gu, '');
}

/** JSON whose control characters are all written as escapes, those that JSON itself would let pass included. */
export function toJsonText(value: unknown, indent?: number): string {
  return JSON.stringify(value, undefined, indent).replaceAll(
    /[\u007f-\u009f\u2028\u2029\p{Bidi_Control}]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Rows of words in columns as wide as their widest word. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map((row) =>
      row
        .map((word, column) => word.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('');
}
