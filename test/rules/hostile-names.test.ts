/** Names chosen to hurt: those of a prototype’s own properties, wherever a name may stand, and patterns of names that multiply. */
import { describe, expect, test } from 'vitest';
import { configurationSchema } from '../../src/rules/configuration.ts';
import { compileRules, decide } from '../../src/rules/decide.ts';
import type { Facts, PastAct } from '../../src/rules/facts.ts';
import { parseConfiguration } from '../../src/rules/parse-configuration.ts';
import { STRATEGIES } from '../../src/rules/rank-reviewers.ts';
import { factsWith } from './facts.ts';

/** Valid as logins; `__proto__` is none, and a label all the same. */
const LOGINS = ['constructor', 'toString', 'valueOf', 'hasOwnProperty'];
const LABELS = ['__proto__', ...LOGINS];

function judge(configuration: object, facts: Partial<Facts>, past: readonly PastAct[] = [], ...paths: string[]) {
  return decide(factsWith(facts, ...paths), compileRules(configurationSchema.parse(configuration)), past);
}

const names = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name).sort();

describe('logins of a prototype’s properties', () => {
  test.each(STRATEGIES)('are chosen by %s like any other, and nobody else is', (strategy) => {
    const configuration = {
      reviewers: [{ files: ['**'], people: LOGINS, count: 2, strategy, capacity: 5 }],
      workdays: { constructor: ['mon'] },
      away: [{ person: 'toString', until: '2099-01-01' }],
      timezone: 'UTC',
    };
    const known = {
      openReviews: [{ login: 'valueOf', count: 4 }],
      lastAsked: [{ login: 'valueOf', at: 1 }],
      expertise: [],
    };
    const monday = { createdAt: 0, readAt: Date.parse('2026-11-23T10:00:00Z') };
    const { request } = judge(configuration, { ...known, ...monday }, [], 'a').reviewers;
    expect(request).toHaveLength(2);
    expect(LOGINS).toEqual(expect.arrayContaining(names(request)));
    expect(names(request)).not.toContain('toString');
  });

  test('are the author, or refused by a person, like any other', () => {
    const configuration = { reviewers: [{ files: ['**'], people: LOGINS }] };
    const past = [{ kind: 'reviewer', name: 'ToString', state: 'refused' }] as const;
    const { request } = judge(configuration, { author: 'Constructor' }, past, 'a').reviewers;
    expect(names(request)).toEqual(['hasOwnProperty', 'valueOf']);
  });
});

describe('labels of a prototype’s properties', () => {
  const labels = LABELS.map((label) => ({ label, files: ['docs/**'] }));

  test('are put on, kept, taken off and left off like any other', () => {
    expect(names(judge({ labels }, {}, [], 'docs/a').labels.add)).toEqual([...LABELS].sort());
    expect(names(judge({ labels }, { labels: LABELS }, [], 'docs/a').labels.keep)).toEqual([...LABELS].sort());
    const ours = LABELS.map((name) => ({ kind: 'label', name, state: 'ours' }) as const);
    expect(names(judge({ labels }, { labels: LABELS }, ours, 'src/a').labels.remove)).toEqual([...LABELS].sort());
    const refused = LABELS.map((name) => ({ kind: 'label', name, state: 'refused' }) as const);
    expect(judge({ labels }, {}, refused, 'docs/a').labels.add).toEqual([]);
  });

  test('are privileged and exclusive like any other', () => {
    const { add } = judge(
      { labels, privileged: ['__proto__'], exclusive: ['*o*'] },
      { fork: true },
      [],
      'docs/a',
    ).labels;
    expect(names(add)).not.toContain('__proto__');
    expect(names(add).filter((name) => name.toLowerCase().includes('o'))).toHaveLength(1);
  });

  test('in a file change nothing but the file', () => {
    const { configuration, problems } = parseConfiguration(
      'labels: [{ label: __proto__, files: [a] }]\nworkdays: { __proto__: [mon], constructor: [tue] }\n',
    );
    expect(configuration === undefined).toBe(problems !== undefined);
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(({} as { mon?: unknown }).mon).toBeUndefined();
  });
});

test.each([
  ['exclusive', { exclusive: ['*a'.repeat(25)] }],
  ['privileged', { privileged: ['*a'.repeat(25)] }],
  ['ignored', { ignore: [`${'+(a|'.repeat(50)}b${')'.repeat(50)}`] }],
])('patterns of what is %s that multiply take bounded time', (_, over) => {
  const labels = Array.from({ length: 100 }, (__, nth) => ({ label: `${'a'.repeat(45)}${nth}b`, files: ['**'] }));
  const startedAt = process.cpuUsage();
  judge({ labels, ...over }, { fork: true }, [], `${'a/'.repeat(20)}${'a'.repeat(4_000)}`);
  const { user, system } = process.cpuUsage(startedAt);
  expect((user + system) / 1000).toBeLessThan(2_000);
});
