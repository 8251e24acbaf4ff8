import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Json } from '../../src/expression/json.ts';
import type { Entry } from '../../src/workflow/journal.ts';
import { restoreEntries, shorten } from '../../src/workflow/terse-entries.ts';

const done = (position: string, body: Json): Entry => ({ position, kind: 'done', body, at: 1 });
const throughStore = (entries: readonly Entry[]): Entry[] => JSON.parse(JSON.stringify(entries));

/** As the store has them. */
function write(entries: readonly Entry[]): Entry[] {
  const { telling } = restoreEntries([]);
  return throughStore(entries.map((entry) => shorten(telling, entry)));
}

describe('a value is said once', () => {
  const facts = { files: ['a', 'b'] };
  const rules = { labels: {} };

  test('where a task puts out what a task inside it has put out', () => {
    const entries = [done('/do/0/try/0', { output: facts }), done('/do/0', { output: facts, next: 'end' })];

    expect(write(entries)[1]?.body).toEqual({ outputOf: '/do/0/try/0', next: 'end' });
    expect(restoreEntries(write(entries)).entries).toEqual(entries);
  });

  test('where a context holds an output, and what the context before it held', () => {
    const entries = [
      done('/do/0', { output: rules, context: { rules } }),
      done('/do/1', { output: facts, context: { rules, facts, more: 1 } }),
    ];

    expect(write(entries).map(({ body }) => body)).toEqual([
      { output: rules, shares: { rules: { of: '/do/0' } } },
      { output: facts, shares: { rules: 'kept', facts: { of: '/do/1' }, more: { is: 1 } } },
    ]);
    expect(restoreEntries(write(entries)).entries).toEqual(entries);
  });

  test('and what a claim wrote is referred to by the next', () => {
    const first = write([done('/do/0', { output: facts, context: { facts } })]);
    const { telling, entries } = restoreEntries(first);
    const { context } = entries[0]!.body as { readonly context: { readonly facts: Json } };
    const second = throughStore([shorten(telling, done('/do/1', { output: 1, context: { ...context, more: 2 } }))]);

    expect(second[0]?.body).toEqual({ output: 1, shares: { facts: 'kept', more: { is: 2 } } });
    expect(restoreEntries([...first, ...second]).entries[1]?.body).toEqual({ output: 1, context: { facts, more: 2 } });
  });

  test('but what two functions answer alike, or one answers twice, is said twice', () => {
    const entries = [done('/do/0', { output: facts }), done('/do/1', { output: facts })];

    expect(write(entries)).toEqual(entries);
  });

  test('and an output that took the place of another is not taken for it', () => {
    const entries = [
      done('/do/0/do/0', { output: facts }),
      done('/do/0/do/0', { output: rules }),
      done('/do/0', { output: facts, context: { facts } }),
    ];

    expect(restoreEntries(write(entries)).entries).toEqual(entries);
  });

  test('and other kinds of entries stay as they are', () => {
    const entries = [done('/do/0', { output: facts }), { ...done('/do/1', { output: facts }), kind: 'caught' }];

    expect(write(entries)).toEqual(entries);
  });
});

test('whatever is shared, entries are read back as they were handed in', () => {
  const names = fc.constantFrom('a', 'b', '1', '__proto__', 'constructor');
  const pool: readonly Json[] = [
    null,
    0,
    'x',
    [],
    {},
    { a: [1] },
    { b: { c: null } },
    [[{}]],
    JSON.parse('{"__proto__":1}'),
  ];
  const value = fc.constantFrom(...pool);
  const context = fc.oneof(
    value,
    fc.array(fc.tuple(names, value), { maxLength: 4 }).map((pairs) => Object.fromEntries(pairs) as Json),
  );
  const body = fc.record({ output: value, context, next: fc.constantFrom('end', 1) }, { requiredKeys: [] });
  const entry = fc
    .tuple(fc.constantFrom('/do/0', '/do/0/do/0', '/do/0/do/1', '/do/1'), body)
    .map(([position, told]) => done(position, told as Json));

  fc.assert(
    fc.property(fc.array(entry, { maxLength: 12 }), fc.nat(12), (entries, claims) => {
      // Two claims, the second of which goes on from what the store has of the first.
      const before = write(entries.slice(0, claims));
      const { telling } = restoreEntries(before);
      const after = throughStore(entries.slice(claims).map((one) => shorten(telling, one)));

      expect(throughStore(restoreEntries([...before, ...after]).entries)).toEqual(throughStore(entries));
    }),
    { numRuns: 2000, seed: 20261121 },
  );
});
