import { describe, expect, it } from 'vitest';
import { plain, table, toJsonText } from '../../src/cli/terminal.ts';
import { duration, timestamp } from '../../src/cli/time.ts';

describe('others’ words come out inert', () => {
  it.each([
    ['colours', '\u001b[31mred\u001b[0m', 'red'],
    ['a title for the window', 'a\u001b]0;pwned\u0007b', 'ab'],
    ['a link over other text', '\u001b]8;;https://evil\u0007good\u001b]8;;\u0007', 'good'],
    ['a one-character control sequence introducer', 'a\u009b31mb', 'ab'],
    ['a return to the start of the line', 'ok\rno', 'ok no'],
    ['a backspace', 'ab\u0008c', 'abc'],
    ['a bell and a null', '\u0007\u0000x', 'x'],
    ['new lines of every kind', 'a\nb\r\nc\u2028d\u0085e', 'a b c d e'],
    ['a turn of the reading direction', 'user\u202etxt.exe\u202c', 'usertxt.exe'],
    ['isolates', '\u2066a\u2069', 'a'],
    ['an unfinished escape', 'a\u001b', 'a'],
    ['nothing to do', 'naïve 日本 👩‍💻', 'naïve 日本 👩‍💻'],
  ])('%s', (_, hostile, expected) => {
    expect(plain(hostile)).toBe(expected);
  });

  it('JSON keeps them, as escapes that mean the same', () => {
    const value = { title: '\u001b[31m \u009b \u202e \u2028 é' };
    const text = toJsonText(value);
    expect(text).toBe('{"title":"\\u001b[31m \\u009b \\u202e \\u2028 é"}');
    expect(JSON.parse(text)).toEqual(value);
  });
});

describe('spans and moments', () => {
  it.each([
    [0, '0 ms'],
    [999.4, '999 ms'],
    [1500, '1.5 s'],
    [59_400, '59.4 s'],
    [59_960, '1 min 0 s'],
    [200_000, '3 min 20 s'],
    [7_500_000, '2 h 5 min'],
  ])('%d ms is %s', (ms, expected) => {
    expect(duration(ms)).toBe(expected);
  });

  it('a moment is told in UTC to the second', () => {
    expect(timestamp(1_700_000_000_123)).toBe('2023-11-14 22:13:20Z');
  });
});

it('columns are as wide as their widest word, without spaces at the end', () => {
  expect(
    table(
      ['A', 'BEE'],
      [
        ['long', 'x'],
        ['s', ''],
      ],
    ),
  ).toBe('A     BEE\nlong  x\ns\n');
});
