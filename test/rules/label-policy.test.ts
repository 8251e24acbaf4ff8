import { describe, expect, test } from 'vitest';
import { compileRules, decide } from '../../src/rules/decide.ts';
import type { Facts, PastAct } from '../../src/rules/facts.ts';
import { parseConfiguration } from '../../src/rules/parse-configuration.ts';
import { digestOfLabel } from '../../src/rules/rule-digest.ts';
import { factsWith } from './facts.ts';

function decideBy(text: string, facts: Facts, past: readonly PastAct[] = []) {
  const { configuration, problems } = parseConfiguration(text);
  if (configuration === undefined) throw new Error(JSON.stringify(problems));
  return decide(facts, compileRules(configuration), past).labels;
}

const ours = (name: string): PastAct => ({ kind: 'label', name, state: 'ours' });

describe('of an exclusive group', () => {
  const text = `
exclusive: ["size/*"]
labels:
  - { label: size/L, files: { min: 2 } }
  - { label: size/S, files: { min: 1 } }
`;

  test('the first rule that holds has its label', () => {
    expect(decideBy(text, factsWith({}, 'a', 'b'))).toMatchObject({
      add: [{ name: 'size/L' }],
      skip: [{ name: 'size/S', reason: 'of size/* there is size/L already' }],
    });
  });

  test('the label that we put on before makes way', () => {
    expect(decideBy(text, factsWith({ labels: ['size/S'] }, 'a', 'b'), [ours('size/S')])).toMatchObject({
      add: [{ name: 'size/L' }],
      remove: [{ name: 'size/S', reason: 'of size/* there is size/L already' }],
    });
  });

  test('the label that a person put on stays alone', () => {
    expect(decideBy(text, factsWith({ labels: ['Size/XXL'] }, 'a', 'b'))).toMatchObject({
      add: [],
      remove: [],
      skip: [{ name: 'size/L' }, { name: 'size/S', reason: 'of size/* there is Size/XXL already' }],
    });
  });

  test('a label that a person took off leaves the place to the next', () => {
    const past: PastAct[] = [{ kind: 'label', name: 'size/L', state: 'refused' }];
    expect(decideBy(text, factsWith({}, 'a', 'b'), past)).toMatchObject({
      add: [{ name: 'size/S' }],
      skip: [{ name: 'size/L', reason: 'removed by a person' }],
    });
  });
});

describe('a privileged label', () => {
  const text = `
privileged: ["ok-to-*"]
labels:
  - { label: ok-to-test, files: ["docs/**"] }
  - { label: ok-to-test, files: ["**"], association: [MEMBER] }
`;

  test('is not put on a fork’s pull request by its files', () => {
    expect(decideBy(text, factsWith({ fork: true }, 'docs/a'))).toMatchObject({
      add: [],
      skip: [{ name: 'ok-to-test', reason: 'it is privileged, and the pull request comes from a fork' }],
    });
  });

  test('is put on when the rule vouches for the author', () => {
    expect(decideBy(text, factsWith({ fork: true, association: 'MEMBER' }, 'docs/a')).add).toHaveLength(1);
  });

  test('is put on a branch of the repository itself', () => {
    expect(decideBy(text, factsWith({}, 'docs/a')).add).toHaveLength(1);
  });
});

describe('a change of the whole tree', () => {
  const text = `
cap: 1
labels:
  - { label: a, files: ["a/**"] }
  - { label: b, files: ["b/**"] }
  - { label: ready, files: ["**"], draft: false }
`;

  test('gets no label for its paths, and what we put on before stays', () => {
    expect(decideBy(text, factsWith({ labels: ['b'] }, 'a/1', 'b/1'), [ours('b')])).toMatchObject({
      add: [{ name: 'ready' }],
      remove: [],
      keep: [{ name: 'b' }],
      skip: [{ name: 'a', reason: 'paths ask for 2 labels, more than the cap of 1' }],
    });
  });

  test('is one only beyond the cap', () => {
    expect(decideBy(text, factsWith({}, 'a/1')).add.map(({ name }) => name)).toEqual(['a', 'ready']);
  });
});

describe('a rule on labels', () => {
  const text = `
labels:
  - { label: a, files: ["**"] }
  - { label: b, labels: [a] }
  - { label: c, labels: [d] }
  - { label: d, files: ["**"] }
`;

  test('sees those of the rules above it, and not of those below', () => {
    expect(decideBy(text, factsWith({}, 'x')).add.map(({ name }) => name)).toEqual(['a', 'b', 'd']);
  });

  test('does not see what we put on when the rule for it holds no longer', () => {
    const labels = ['a', 'b'];
    expect(decideBy(text, factsWith({ labels }), labels.map(ours)).remove.map(({ name }) => name)).toEqual(labels);
  });
});

describe('a label that a person took off', () => {
  const rule = (over: string) => `labels: [{ label: docs, ${over} }]`;
  const digest = digestOfLabel([{ label: 'docs', files: ['docs/**'] } as never], 'Docs');
  const refused = (over: Partial<PastAct>): PastAct[] => [{ kind: 'label', name: 'Docs', state: 'refused', ...over }];
  const by = { reason: 'removed by octocat', at: Date.parse('2026-11-21T13:40:59Z') };

  test('stays off while its rule is the same, and it is told who took it off and when', () => {
    const { add, skip } = decideBy(
      rule('files: ["docs/**"]'),
      factsWith({}, 'docs/a'),
      refused({ ...by, rule: digest }),
    );
    expect({ add, skip }).toEqual({
      add: [],
      skip: [{ name: 'docs', reason: 'removed by octocat on 2026-11-21 at 13:40 UTC' }],
    });
  });

  test.each([
    ['its condition', rule('files: ["docs/**", "**/*.md"]')],
    ['a condition more', rule('files: ["docs/**"], draft: false')],
    ['a second rule for it', `labels: [{ label: docs, files: ["docs/**"] }, { label: DOCS, draft: true }]`],
  ])('is put on again once the rule changes: %s', (_, text) => {
    expect(decideBy(text, factsWith({}, 'docs/a'), refused({ rule: digest })).add).toHaveLength(1);
  });

  test.each([
    ['its colour', rule('files: ["docs/**"], color: "123456"')],
    ['its description', rule('files: ["docs/**"], description: Words')],
    ['how it is written', `labels:\n  - files:\n      - docs/**\n    label: docs`],
    ['another rule', `labels: [{ label: docs, files: ["docs/**"] }, { label: other, draft: true }]`],
  ])('is not put on again for what is no change of the rule: %s', (_, text) => {
    const facts = factsWith({}, 'docs/a');
    expect(decideBy(text, facts, refused({ rule: digest })).add.map(({ name }) => name)).not.toContain('docs');
  });

  test('before anybody knew by which rule it was there, stays off, and the word is about the rule as it is', () => {
    const facts = factsWith({}, 'docs/a');
    const { add, skip } = decideBy(rule('files: ["docs/**"]'), facts, refused({}));
    expect({ add, skip }).toMatchObject({ add: [], skip: [{ rule: digest }] });
  });
});
