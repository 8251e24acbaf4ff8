import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { CATALOGUE, VERIFIED } from '../../src/events/catalogue.ts';
import type { Event } from '../../src/events/event.ts';
import { checkedEvent } from '../../src/house/checked-event.ts';

const EVENT: Event = { specversion: '1.0', id: '1', source: '/workflows/a/b', type: 'com.example.done' };

describe('what a workflow emits', () => {
  test.each<[string, Partial<Event>]>([
    ['of a type of its own', { data: { any: 'thing' } }],
    ['with extensions', { number: 7, forced: false, label: 'žluť' }],
  ])('%s is published as it is', (_, members) => {
    expect(checkedEvent({ ...EVENT, ...members })).toEqual({ ...EVENT, ...members });
  });

  test.each<[string, Partial<Event>, RegExp]>([
    [
      'whose subject breaks the line',
      { subject: 'a\nb' },
      /what the workflow emits .*subject holds a control character/,
    ],
    ['whose subject came to nothing', { subject: '' }, /subject must not be empty/],
    ['with an attribute that is an object', { owner: { login: 'a' } }, /owner must be a string/],
    ['with an attribute in capitals', { pullRequest: '1' }, /"pullRequest" is no attribute name/],
    ['with a time that is none', { time: 'now' }, /time must be an RFC 3339 timestamp/],
    ['of a type of ours with other data', { type: VERIFIED, data: {} }, /not what the catalogue says/],
  ])('%s is refused in every mode, not by a broker over HTTP alone', (_, members, message) => {
    expect(() => checkedEvent({ ...EVENT, ...members })).toThrow(message);
    // As a bundle has it, which knows the schemas beforehand.
    const known = { [VERIFIED]: z.toJSONSchema(CATALOGUE[VERIFIED].data) };
    expect(() => checkedEvent({ ...EVENT, ...members }, known)).toThrow(message);
  });
});
