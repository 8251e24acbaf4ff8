import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addWorkingTime, parseHours, type WorkingHours } from '../../src/rules/working-hours.ts';

const HOUR = 3_600_000;
const office: WorkingHours = {
  days: ['mon', 'tue', 'wed', 'thu', 'fri'],
  from: 9 * 60,
  to: 17 * 60,
  timezone: 'UTC',
  holidays: [],
};

test.each<[string, string, number, Partial<WorkingHours>, string]>([
  ['within a day', '2026-11-20T10:00:00Z', 2, {}, '2026-11-20T12:00:00Z'],
  ['to the end of a day', '2026-11-20T10:00:00Z', 7, {}, '2026-11-20T17:00:00Z'],
  ['over a night', '2026-11-19T16:00:00Z', 3, {}, '2026-11-20T11:00:00Z'],
  ['over a weekend', '2026-11-20T16:30:00Z', 8, {}, '2026-11-23T16:30:00Z'],
  ['from before the morning', '2026-11-20T03:00:00Z', 1, {}, '2026-11-20T10:00:00Z'],
  ['from a Sunday', '2026-11-22T12:00:00Z', 8, {}, '2026-11-23T17:00:00Z'],
  [
    'over a holiday',
    '2026-11-19T16:00:00Z',
    2,
    { holidays: [{ date: '2026-11-20', name: 'x' }] },
    '2026-11-23T10:00:00Z',
  ],
  ['in another time zone', '2026-11-20T22:00:00Z', 1, { timezone: 'Asia/Tokyo' }, '2026-11-23T01:00:00Z'],
  ['over the end of summer time', '2026-10-23T13:00:00Z', 4, { timezone: 'Europe/Berlin' }, '2026-10-26T10:00:00Z'],
  [
    'over the beginning of summer time',
    '2026-03-27T15:00:00Z',
    4,
    { timezone: 'Europe/Berlin' },
    '2026-03-30T10:00:00Z',
  ],
  [
    'around the clock',
    '2026-11-20T23:00:00Z',
    48,
    { from: 0, to: 1440, days: ['fri', 'sat', 'sun'] },
    '2026-11-22T23:00:00Z',
  ],
])('hours of work are counted %s', (_, start, hours, over, expected) => {
  const end = addWorkingTime(Date.parse(start), hours * HOUR, { ...office, ...over });
  expect(new Date(end).toISOString()).toBe(expected.replace('Z', '.000Z'));
});

test('without a day of work, it is a year later', () => {
  expect(addWorkingTime(0, HOUR, { ...office, days: [] })).toBe(366 * 24 * HOUR);
});

test('more time is never over sooner, and never before it could be', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2e12 }), fc.nat(400 * HOUR), fc.nat(10 * HOUR), (start, duration, more) => {
      const end = addWorkingTime(start, duration, office);
      expect(end).toBeGreaterThanOrEqual(start + duration);
      expect(addWorkingTime(start, duration + more, office)).toBeGreaterThanOrEqual(end);
    }),
    { numRuns: 30 },
  );
});

test.each([
  ['09:00-17:30', { from: 540, to: 1050 }],
  ['00:00-24:00', { from: 0, to: 1440 }],
  ['17:00-09:00', undefined],
  ['09:60-17:00', undefined],
  ['9-17', undefined],
  ['09:00-24:01', undefined],
])('%s', (text, expected) => {
  expect(parseHours(text)).toEqual(expected);
});
