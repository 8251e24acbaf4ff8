import { describe, expect, test } from 'vitest';
import { compileRules, decide } from '../../src/rules/decide.ts';
import type { Facts, PastAct } from '../../src/rules/facts.ts';
import { parseConfiguration } from '../../src/rules/parse-configuration.ts';
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
      skip: [{ name: 'size/L', reason: 'a person removed it' }],
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
