/**
 * Regular expressions of a repository's rules, in RE2's syntax and time: linear in the text, whatever the pattern
 * (https://github.com/google/re2/wiki/Syntax). The engine is loaded when the first of them is compiled.
 */
import { createRequire } from 'node:module';

export const LONGEST_REGEX = 300;
/** Of one text; a longer one is looked at as far as this. */
const LONGEST_TEXT = 10_000;

const load = createRequire(import.meta.filename);

export type TextTest = (text: string) => boolean;

/** Holds for a text in which the expression is found anywhere. @throws Error where it is not valid. */
export function compileRegex(source: string): TextTest {
  const { RE2JS } = load('re2js') as typeof import('re2js');
  const regex = RE2JS.compile(source.slice(0, LONGEST_REGEX));
  return (text) => regex.matcher(text.slice(0, LONGEST_TEXT)).find();
}

/** Whether a pattern of a branch is an expression: it stands between slashes, in which no branch's name can begin. */
export function isRegex(pattern: string): boolean {
  return pattern.length > 2 && pattern.startsWith('/') && pattern.endsWith('/');
}

/** Why an expression cannot be used; undefined when it can. */
export function problemOfRegex(source: string): string | undefined {
  try {
    compileRegex(source);
    return undefined;
  } catch (error) {
    const { message } = error as Error;
    return `is not a regular expression that can be used here: ${message}; see https://github.com/google/re2/wiki/Syntax`;
  }
}
