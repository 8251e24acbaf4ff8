import { describe, expect, test } from 'vitest';
import { readHolidays } from '../../src/rules/holidays.ts';

function calendar(...events: readonly (readonly string[])[]): string {
  const blocks = events.map((lines) => ['BEGIN:VEVENT', ...lines, 'END:VEVENT']);
  return ['BEGIN:VCALENDAR', 'VERSION:2.0', ...blocks.flat(), 'END:VCALENDAR', ''].join('\r\n');
}
const dates = (text: string, from = '2026-01-01', to = '2027-12-31') =>
  readHolidays(text, from, to).holidays.map(({ date }) => date);

describe('a holiday', () => {
  test.each<[string, string[], string[]]>([
    ['of one day', ['DTSTART;VALUE=DATE:20261225'], ['2026-12-25']],
    [
      'of several days ends before its end',
      ['DTSTART;VALUE=DATE:20261224', 'DTEND;VALUE=DATE:20261226'],
      ['2026-12-24', '2026-12-25'],
    ],
    ['with a time counts for its day', ['DTSTART:20261225T100000Z', 'DTEND:20261225T120000Z'], ['2026-12-25']],
    ['that ends at midnight', ['DTSTART:20261225T000000', 'DTEND:20261226T000000'], ['2026-12-25']],
    ['of every year', ['DTSTART;VALUE=DATE:20200101', 'RRULE:FREQ=YEARLY'], ['2026-01-01', '2027-01-01']],
    ['until a year', ['DTSTART;VALUE=DATE:20200101', 'RRULE:FREQ=YEARLY;UNTIL=20261231'], ['2026-01-01']],
    ['a number of times', ['DTSTART;VALUE=DATE:20250101', 'RRULE:FREQ=YEARLY;COUNT=2'], ['2026-01-01']],
    ['of the 29th of February is none in other years', ['DTSTART;VALUE=DATE:20240229', 'RRULE:FREQ=YEARLY'], []],
    ['before it began is none', ['DTSTART;VALUE=DATE:20280101', 'RRULE:FREQ=YEARLY'], []],
    ['that was cancelled is none', ['DTSTART;VALUE=DATE:20261225', 'STATUS:CANCELLED'], []],
    [
      'over the turn of the year',
      ['DTSTART;VALUE=DATE:20201231', 'DTEND;VALUE=DATE:20210102', 'RRULE:FREQ=YEARLY'],
      ['2026-01-01', '2026-12-31', '2027-01-01', '2027-12-31'],
    ],
  ])('%s', (_, lines, expected) => {
    expect(dates(calendar(lines))).toEqual(expected);
  });

  test('has the name that its calendar gives it, over folded lines and with escapes', () => {
    const text = calendar(['DTSTART;VALUE=DATE:20261003', 'SUMMARY:Day of German\r\n  Unity\\, a holiday']);
    expect(readHolidays(text, '2026-10-01', '2026-10-31').holidays).toEqual([
      { date: '2026-10-03', name: 'Day of German Unity, a holiday' },
    ]);
  });

  test('is not taken from the alarm of an event', () => {
    const alarm = ['BEGIN:VALARM', 'SUMMARY:Wake up', 'DTSTART:20260101', 'END:VALARM'];
    const text = calendar(['SUMMARY:Epiphany', 'DTSTART;VALUE=DATE:20260106', ...alarm]);
    expect(readHolidays(text, '2026-01-01', '2026-12-31').holidays).toEqual([{ date: '2026-01-06', name: 'Epiphany' }]);
  });
});

test.each<[string, string, string]>([
  ['a file that is no calendar', '<html>', 'does not begin with BEGIN:VCALENDAR'],
  ['an event without a date', calendar(['SUMMARY:x', 'DTSTART:soon']), 'has no DTSTART'],
  ['a month that is none', calendar(['SUMMARY:x', 'DTSTART:20261301']), 'has no DTSTART'],
  ['another way to repeat', calendar(['DTSTART:20261126', 'RRULE:FREQ=YEARLY;BYDAY=4TH']), 'is not understood'],
])('%s is told', (_, text, problem) => {
  expect(readHolidays(text, '2026-01-01', '2026-12-31').problems[0]).toContain(problem);
});

test('a hostile file takes bounded time and memory', () => {
  const long = calendar(['DTSTART:00010101', 'DTEND:99991231', 'RRULE:FREQ=YEARLY', `SUMMARY:${'x'.repeat(1_000)}`]);
  const many = calendar(...Array.from({ length: 3_000 }, () => ['DTSTART:20260101', 'DTEND:20270101']));
  const broken = `BEGIN:VCALENDAR\r\n${'BEGIN:VEVENT\r\n'.repeat(4_000)}`;
  const startedAt = performance.now();
  expect(dates(long).length).toBeLessThanOrEqual(730);
  expect(readHolidays(many, '2026-01-01', '2026-12-31').problems).toEqual([
    expect.stringContaining('more than 1000 events'),
  ]);
  expect(dates(broken)).toEqual([]);
  expect(performance.now() - startedAt).toBeLessThan(5_000);
});
