import { describe, expect, it } from 'vitest';
import type { Filter } from '../../src/broker/filter.ts';
import { compileFilters, createFilterIndex } from '../../src/broker/trigger.ts';
import type { Event } from '../../src/events/event.ts';

const event: Event = {
  specversion: '1.0',
  id: 'e1',
  source: 'https://github.com/octo/hello',
  type: 'dev.knative.source.github.pull_request',
  action: 'opened',
  draft: false,
  number: 12,
  empty: '',
  data: { title: 'x' },
};

const MATCHES: readonly [string, readonly Filter[], boolean][] = [
  ['no filters let every event pass', [], true],
  ['exact matches the whole value', [{ exact: { action: 'opened' } }], true],
  ['exact does not match a part of the value', [{ exact: { action: 'open' } }], false],
  ['exact minds letter case', [{ exact: { action: 'Opened' } }], false],
  ['exact wants all of its attributes', [{ exact: { action: 'opened', id: 'e2' } }], false],
  ['exact with two attributes that match passes', [{ exact: { action: 'opened', id: 'e1' } }], true],
  ['exact is false for an attribute that is missing', [{ exact: { subject: '12' } }], false],
  ['exact compares a boolean in its canonical form', [{ exact: { draft: 'false' } }], true],
  ['exact compares an integer in its canonical form', [{ exact: { number: '12' } }], true],
  ['an attribute named like a member of every object is missing', [{ prefix: { constructor: 'f' } }], false],
  ['prefix matches the beginning', [{ prefix: { type: 'dev.knative.' } }], true],
  ['prefix does not match the middle', [{ prefix: { type: 'knative.' } }], false],
  ['prefix is false for an attribute that is missing', [{ prefix: { subject: '1' } }], false],
  ['prefix wants all of its attributes', [{ prefix: { type: 'dev.', source: 'http://' } }], false],
  ['suffix matches the end', [{ suffix: { source: '/hello' } }], true],
  ['suffix does not match the beginning', [{ suffix: { source: 'https:' } }], false],
  ['suffix is false for an attribute that is missing', [{ suffix: { subject: '2' } }], false],
  ['suffix finds nothing in an empty value', [{ suffix: { empty: 'x' } }], false],
  ['all wants every one', [{ all: [{ exact: { id: 'e1' } }, { exact: { action: 'closed' } }] }], false],
  ['any wants one', [{ any: [{ exact: { id: 'e2' } }, { exact: { action: 'opened' } }] }], true],
  ['any with none that matches is false', [{ any: [{ exact: { id: 'e2' } }, { exact: { id: 'e3' } }] }], false],
  ['not turns the result round', [{ not: { exact: { action: 'closed' } } }], true],
  ['not of a missing attribute is true', [{ not: { exact: { subject: '12' } } }], true],
  ['several filters must all match', [{ exact: { id: 'e1' } }, { exact: { action: 'closed' } }], false],
  ['dialects nest', [{ not: { any: [{ exact: { id: 'e2' } }, { all: [{ prefix: { type: 'com.' } }] }] } }], true],
];

const REFUSED: readonly [string, unknown, string][] = [
  ['what is not a list', {}, 'filters must be a list'],
  ['what is not an object', ['exact'], 'filters[0] must be an object'],
  ['an unknown dialect', [{ regex: { type: 'a' } }], 'filters[0] has the unknown dialect "regex"'],
  ['no dialect', [{}], 'filters[0] must have exactly one dialect, and has none'],
  ['two dialects in one filter', [{ exact: { id: 'a' }, not: {} }], 'must have exactly one dialect, and has 2'],
  ['an empty value', [{ exact: { type: '' } }], 'filters[0].exact.type must not be empty'],
  ['a value that is no string', [{ prefix: { number: 12 } }], 'filters[0].prefix.number must be a string'],
  ['no attributes', [{ suffix: {} }], 'filters[0].suffix must name at least one attribute'],
  ['an empty name', [{ exact: { '': 'a' } }], 'names "", which is not the name of an attribute'],
  ['a name no attribute can have', [{ exact: { 'pull_request.draft': 'a' } }], 'is not the name of an attribute'],
  ['the data', [{ exact: { data: 'a' } }], 'is the payload'],
  ['an empty all', [{ all: [] }], 'filters[0].all must have at least one filter'],
  ['an empty any', [{ any: [] }], 'filters[0].any must have at least one filter'],
  [
    'an error deep inside, by its path',
    [{ all: [{ not: { exact: { type: '' } } }] }],
    'filters[0].all[0].not.exact.type',
  ],
];

describe('filters', () => {
  it.each(MATCHES)('%s', (_, filters, expected) => {
    expect(compileFilters(filters)(event)).toBe(expected);
  });

  it.each(REFUSED)('refuse %s', (_, filters, message) => {
    expect(() => compileFilters(filters as Filter[])).toThrow(message);
  });

  it('refuse nesting that nobody means', () => {
    let filter: Filter = { exact: { id: 'a' } };
    for (let depth = 0; depth < 1_000; depth += 1) filter = { not: filter };
    expect(() => compileFilters([filter])).toThrow('nested more than 32 levels');
  });
});

describe('an index of filters', () => {
  const entries: readonly [string, readonly Filter[]][] = [
    ['typed', [{ exact: { type: 'a' } }]],
    ['typed and more', [{ exact: { type: 'a' } }, { exact: { action: 'opened' } }]],
    ['everything', []],
    ['one of two types', [{ any: [{ exact: { type: 'a' } }, { exact: { type: 'b' } }] }]],
    ['a type or an action', [{ any: [{ exact: { type: 'a' } }, { exact: { action: 'opened' } }] }]],
    ['two types at once', [{ all: [{ exact: { type: 'a' } }, { exact: { type: 'b' } }] }]],
    ['not a', [{ not: { exact: { type: 'a' } } }]],
    ['prefix', [{ prefix: { type: 'a' } }]],
  ];
  const index = createFilterIndex(entries.map(([entry, filters]) => ({ entry, filters, where: entry })));

  it.each([
    ['a', undefined],
    ['a', 'opened'],
    ['b', undefined],
    ['c', 'opened'],
    ['ab', undefined],
  ])('answers for type %s and action %s what testing each filter answers, in their order', (type, action) => {
    const given: Event = { specversion: '1.0', id: '1', source: '/', type, ...(action && { action }) };
    const expected = entries.filter(([, filters]) => compileFilters(filters)(given)).map(([name]) => name);
    expect(index.matching(given)).toEqual(expected);
  });

  it('does not test what can only match other types', () => {
    const many = Array.from({ length: 10_000 }, (_, nth) => ({
      entry: nth,
      filters: [{ exact: { type: `type-${nth}` } }],
      where: `${nth}`,
    }));
    const large = createFilterIndex(many);
    const given: Event = { specversion: '1.0', id: '1', source: '/', type: 'type-77' };
    const begun = performance.now();
    for (let round = 0; round < 10_000; round += 1) large.matching(given);
    expect(large.matching(given)).toEqual([77]);
    // Testing each of 10,000 filters 10,000 times takes seconds.
    expect(performance.now() - begun).toBeLessThan(500);
  });
});
