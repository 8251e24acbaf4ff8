import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inert, truncate } from '../../src/notifier/inert.ts';

describe('text of strangers made fit to be shown', () => {
  const cases: readonly [name: string, value: string, expected: string][] = [
    ['plain text stays as it is', 'Fix the mooring line', 'Fix the mooring line'],
    ['letters of any script stay as they are', 'Исправить 錨を直す מעגן', 'Исправить 錨を直す מעגן'],
    ['a line break becomes a space', 'one\r\ntwo\u2028three', 'one two three'],
    ['spaces at the ends go, and many within become one', '  a \t\u00a0 b ', 'a b'],
    ['a right-to-left override goes', 'txt.\u202Egpj.exe', 'txt.gpj.exe'],
    ['isolates and marks that reorder go', '\u2066a\u2069\u200Fb\u061Cc', 'abc'],
    ['zero-width characters go', 'pay\u200Bpal\u2060\uFEFF\u00AD', 'paypal'],
    ['hidden tag characters go', 'a\u{E0068}\u{E0069}b', 'ab'],
    ['a Hangul filler, which looks like nothing, goes', 'a\u3164b', 'ab'],
    ['an escape sequence loses the escape that makes it one', '\u001b[31mred\u0007', '[31mred'],
    ['a NUL becomes a space', 'a\u0000b', 'a b'],
    ['half a surrogate pair is replaced', 'a\ud83db', 'a\ufffdb'],
    ['a family emoji keeps its joiners', 'by 👩‍👩‍👧 and ❤️', 'by 👩‍👩‍👧 and ❤️'],
    ['a joiner between letters goes', 'a\u200Db', 'ab'],
    ['marks stacked over other lines are cut to four', `e${'\u0301'.repeat(50)}`, `e${'\u0301'.repeat(4)}`],
    ['a text of nothing visible says so', '\u200B\u202E \n', '(blank)'],
    ['an empty text says so', '', '(blank)'],
  ];
  test.each(cases)('%s', (_name, value, expected) => {
    const shown = inert(value, 100);
    expect(shown).toBe(expected);
  });

  test('whatever it is given, it fits the limit, is well formed, is one line, and hides nothing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), fc.integer({ min: 10, max: 60 }), (value, limit) => {
        const shown = inert(value, limit);
        expect(shown.length).toBeGreaterThan(0);
        expect(shown.length).toBeLessThanOrEqual(limit);
        expect(shown.isWellFormed()).toBe(true);
        expect(shown).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069\u200b\u2060\ufeff]/u);
      }),
      { numRuns: 500 },
    );
  });
});

describe('truncation', () => {
  const cases: readonly [name: string, text: string, limit: number, expected: string][] = [
    ['a text of the very limit stays whole', 'abcde', 5, 'abcde'],
    ['a longer one ends in an ellipsis within the limit', 'abcdef', 5, 'abcd…'],
    ['a code point is dropped whole rather than cut', 'abc😀def', 5, 'abc…'],
    ['no space is left before the ellipsis', 'abc def', 5, 'abc…'],
  ];
  test.each(cases)('%s', (_name, text, limit, expected) => {
    expect(truncate(text, limit)).toBe(expected);
  });
});
