/**
 * The part of Oniguruma's syntax that native JavaScript and RE2 share, written in theirs. A pattern with anything else in
 * it is left to the full translation. What is known of the backtracking that a pattern can cause decides who runs it.
 */

export interface RegexFlags {
  readonly ignoreCase: boolean;
  readonly extended: boolean;
  readonly dotAll: boolean;
}

export interface Translation {
  /** For `RegExp` with the flags `u` and, where `ignoreCase`, `i`; absent when only RE2 can run it. */
  readonly native: string | undefined;
  readonly re2: string;
  readonly ignoreCase: boolean;
  /** Of each group, in order, its name. */
  readonly groups: readonly (string | null)[];
  /** `$` may stand before a final newline, which RE2 cannot say: true where that matters. */
  readonly endsLoosely: boolean;
  /** `\b` means ASCII words in both engines and all words in Oniguruma. */
  readonly hasBoundary: boolean;
  /** How many ways bounded choices combine, and how many loops without bound there are: none is within another. */
  readonly choices: number;
  readonly loops: number;
  readonly isAnchored: boolean;
}

const DIGIT = '\\p{Nd}';
const WORD = '\\p{L}\\p{M}\\p{N}\\p{Pc}';
const SPACE = '\\t-\\r\\x20\\x{85}\\p{Z}';
const CONTROL: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', f: '\f', v: '\v', a: '\x07', e: '\x1b' };
/** Escapes that need more than this file knows. */
const FOREIGN = /[\dkgGKRXNOyYxcCMpPuQEUL]/;
const QUANTIFIER = /(?:[*+?]|\{(\d+)(,(\d*))?\})/y;

/** `undefined` when the pattern is not wholly understood here. */
export function translate(pattern: string, flags: RegexFlags): Translation | undefined {
  const leading = /^\(\?([ims]+)\)/.exec(pattern);
  const inline = leading?.[1] ?? '';
  const isDotAll = flags.dotAll || inline.includes('s');
  const isMultiline = inline.includes('m');
  const groups: (string | null)[] = [];
  let position = leading?.[0].length ?? 0;
  let endsLoosely = false;
  let hasBoundary = false;
  let canBeNative = !isMultiline;
  let choices = 1;
  let loops = 0;

  /** Alternatives up to the closing parenthesis or the end; `undefined` when something is not understood. */
  function readAlternatives(depth: number): string | undefined {
    if (depth > 20) return undefined;
    let text = '';
    let count = 1;
    while (position < pattern.length && pattern[position] !== ')') {
      if (pattern[position] === '|') {
        position += 1;
        count += 1;
        text += '|';
        continue;
      }
      const atom = readAtom(depth);
      if (atom === undefined) return undefined;
      text += atom;
    }
    choices *= count;
    return text;
  }

  function readAtom(depth: number): string | undefined {
    const character = String.fromCodePoint(pattern.codePointAt(position) ?? 0);
    if (flags.extended && /\s/.test(character)) {
      position += 1;
      return '';
    }
    if (flags.extended && character === '#') {
      const end = pattern.indexOf('\n', position);
      position = end < 0 ? pattern.length : end + 1;
      return '';
    }
    position += character.length;
    switch (character) {
      case '^':
        return isMultiline ? '(?m:^)' : '\\A';
      case '$':
        if (isMultiline) return '(?m:$)';
        endsLoosely = true;
        return '\\z';
      case '(':
        return readGroup(depth);
      case '[': {
        const set = readSet();
        return set === undefined ? undefined : quantified(set, true);
      }
      case '.':
        return quantified(isDotAll ? '(?s:.)' : '[^\\n]', true);
      case '\\':
        return readEscape();
      case '*':
      case '+':
      case '?':
        return undefined;
      default:
        return quantified(literal(character), true);
    }
  }

  function readEscape(): string | undefined {
    const letter = String.fromCodePoint(pattern.codePointAt(position) ?? 0);
    position += letter.length;
    switch (letter) {
      case 'd':
        return quantified(`[${DIGIT}]`, true);
      case 'D':
        return quantified(`[^${DIGIT}]`, true);
      case 'w':
        return quantified(`[${WORD}]`, true);
      case 'W':
        return quantified(`[^${WORD}]`, true);
      case 's':
        return quantified(`[${SPACE}]`, true);
      case 'S':
        return quantified(`[^${SPACE}]`, true);
      case 'b':
      case 'B':
        hasBoundary = true;
        return `\\${letter}`;
      case 'A':
      case 'z':
        return `\\${letter}`;
      case 'Z':
        endsLoosely = true;
        return '\\z';
      default:
        if (FOREIGN.test(letter) || position > pattern.length) return undefined;
        return quantified(literal(CONTROL[letter] ?? letter), true);
    }
  }

  function readGroup(depth: number): string | undefined {
    const named = /^\?<([a-zA-Z_]\w*)>/.exec(pattern.slice(position, position + 64));
    let open = '(';
    if (named !== null) {
      if (groups.includes(named[1] as string)) return undefined;
      position += named[0].length;
      open = `(?P<${named[1]}>`;
      groups.push(named[1] as string);
    } else if (pattern.startsWith('?:', position)) {
      position += 2;
      open = '(?:';
    } else if (pattern[position] === '?') {
      return undefined;
    } else {
      groups.push(null);
    }
    const body = readAlternatives(depth + 1);
    if (body === undefined || pattern[position] !== ')') return undefined;
    position += 1;
    return quantified(`${open}${body})`, false);
  }

  /** `[…]` without sets in it, intersections or POSIX names. */
  function readSet(): string | undefined {
    const start = position;
    let text = '[';
    if (pattern[position] === '^') {
      position += 1;
      text += '^';
    }
    for (let isFirst = true; ; isFirst = false) {
      const character = String.fromCodePoint(pattern.codePointAt(position) ?? 0);
      if (position >= pattern.length || character === '[' || pattern.startsWith('&&', position)) return undefined;
      position += character.length;
      if (character === ']' && !isFirst) return position > start + 1 ? `${text}]` : undefined;
      if (character === ']') return undefined;
      if (character === '-') {
        text += pattern[position] === ']' || isFirst ? '\\-' : '-';
      } else if (character === '\\') {
        const letter = String.fromCodePoint(pattern.codePointAt(position) ?? 0);
        position += letter.length;
        if (letter === 'd') text += DIGIT;
        else if (letter === 'w') text += WORD;
        else if (letter === 's') text += SPACE;
        else if (/[DWSbBhH]/.test(letter) || FOREIGN.test(letter)) return undefined;
        else text += literal(CONTROL[letter] ?? letter);
      } else {
        text += literal(character);
      }
    }
  }

  function quantified(atom: string, isSingle: boolean): string | undefined {
    QUANTIFIER.lastIndex = position;
    const found = QUANTIFIER.exec(pattern);
    if (found === null) return atom;
    position += found[0].length;
    const next = pattern[position];
    if (next === '*' || next === '+') return undefined;
    const isLazy = next === '?';
    if (isLazy) position += 1;
    if (/[*+?{]/.test(pattern[position] ?? '')) return undefined;
    const [whole, least, comma, most] = found;
    const lower = Number(least ?? (whole === '+' ? 1 : 0));
    const upper =
      whole === '?'
        ? 1
        : least === undefined || (comma !== undefined && most === '')
          ? Infinity
          : Number(most ?? least);
    if (upper < lower) return undefined;
    if (!isSingle) canBeNative = false;
    if (upper === Infinity) loops += 1;
    else choices *= upper - lower + 1;
    return `${atom}${whole}${isLazy ? '?' : ''}`;
  }

  const re2 = readAlternatives(0);
  if (re2 === undefined || position < pattern.length) return undefined;
  return {
    native: canBeNative ? toNative(re2) : undefined,
    re2,
    ignoreCase: flags.ignoreCase || inline.includes('i'),
    groups,
    endsLoosely,
    hasBoundary,
    choices,
    loops,
    isAnchored: re2.startsWith('\\A') && !re2.includes('|'),
  };
}

function literal(character: string): string {
  if (/[a-zA-Z0-9_]/.test(character)) return character;
  return `\\x{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

/** The same pattern for `RegExp`; both texts come from this file, so plain replacement is exact. */
function toNative(re2: string): string {
  return re2
    .replaceAll('\\A', '^')
    .replaceAll('\\z', '(?=\\n?$)')
    .replaceAll('(?s:.)', '[^]')
    .replaceAll('(?P<', '(?<')
    .replace(/\\x\{([0-9a-f]+)\}/g, '\\u{$1}');
}
