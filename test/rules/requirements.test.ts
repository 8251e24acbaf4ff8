import { describe, expect, test } from 'vitest';
import { compileRules, decide } from '../../src/rules/decide.ts';
import type { Facts, PastAct } from '../../src/rules/facts.ts';
import { watchesLabels } from '../../src/rules/needs.ts';
import { parseConfiguration } from '../../src/rules/parse-configuration.ts';
import { factsWith } from './facts.ts';

function read(text: string) {
  const { configuration, problems } = parseConfiguration(text);
  if (configuration === undefined) throw new Error(JSON.stringify(problems));
  return configuration;
}

function judge(rule: string, over: Partial<Facts> = {}, past: readonly PastAct[] = []) {
  return decide(factsWith(over, 'docs/a'), compileRules(read(`require: [${rule}]`)), past).requirements;
}

describe('what is required', () => {
  test.each<[string, string, Partial<Facts>, string, string?]>([
    ['one of some labels, and it has one', 'any_label: ["kind/*"]', { labels: ['Kind/Bug'] }, 'it has Kind/Bug'],
    [
      'one of some labels, and it has none',
      'any_label: ["kind/*", ci]',
      {},
      'it has none of them',
      'Add one of kind/*, ci.',
    ],
    ['all labels, and one is missing', 'all_labels: [a, "b*"]', { labels: ['a'] }, 'it lacks b*', 'Add b*.'],
    ['all labels, and they are there', 'all_labels: [a, "b*"]', { labels: ['a', 'b1'] }, 'it has all of them'],
    ['exactly one, and there is one', 'one_label: ["size/*"]', { labels: ['size/S'] }, 'it has size/S'],
    [
      'exactly one, and there are two',
      'one_label: ["size/*"]',
      { labels: ['size/S', 'size/L'] },
      'it has size/S, size/L',
      'Take off all but one of size/S, size/L.',
    ],
    ['exactly one, and there is none', 'one_label: ["size/*"]', {}, 'it has none of them', 'Add one of size/*.'],
    ['none, and there is none', 'no_label: [wip]', { labels: ['x'] }, 'it has none of them'],
    ['none, and there is one', 'no_label: [wip]', { labels: ['WIP'] }, 'it has WIP', 'Take off WIP once it may go on.'],
    ['a description, and it is long enough', 'description: 5', { body: 'a b c d e' }, 'it has 5'],
    [
      'a description, and there is none',
      'description: 5',
      { body: '  ' },
      'it has none',
      'Say in the description what changes and why, in 5 characters or more.',
    ],
    [
      'a description, and only the template is there',
      'description: 5',
      { body: '<!-- say what you change -->abc<!-- and why' },
      'it has 3',
      'Say in the description what changes and why, in 5 characters or more.',
    ],
    ['a title, and it is so', 'title_matches: "^(feat|fix): "', { title: 'fix: it' }, 'the title is “fix: it”'],
    [
      'a title, with words of one’s own',
      'title_matches: "^(feat|fix): ", hint: "Begin with feat: or fix:."',
      { title: 'It' },
      'the title is “It”',
      'Begin with feat: or fix:.',
    ],
  ])('%s', (_, rule, over, reason, fix) => {
    const [one] = judge(`{ ${rule} }`, over);
    expect(one).toMatchObject({ state: fix === undefined ? 'met' : 'missing', reason, otherwise: 'failure' });
    expect(one?.fix).toBe(fix);
  });

  test('is held against the labels as they are once the decision is carried out', () => {
    const text =
      'labels: [{ label: docs, files: ["docs/**"] }, { label: src, files: ["src/**"] }]\nrequire:\n  - all_labels: [docs]\n  - no_label: [src]';
    const past: PastAct[] = [{ kind: 'label', name: 'src', state: 'ours' }];
    const { requirements } = decide(factsWith({ labels: ['src'] }, 'docs/a'), compileRules(read(text)), past);
    expect(requirements.map(({ state }) => state)).toEqual(['met', 'met']);
  });

  test('is required only where its condition holds, and not judged where that is not known', () => {
    expect(judge('{ description: 5, not: { author: ["*[bot]"] } }', { author: 'renovate[bot]' })).toEqual([]);
    expect(judge('{ description: 5, author: [octocat] }')).toMatchObject([{ state: 'missing' }]);
    expect(judge('{ description: 5, commits: x }')).toMatchObject([{ state: 'unknown' }]);
  });

  test('costs time in proportion to a hostile description', () => {
    const [one] = judge('{ description: 5000 }', { body: '<!--'.repeat(2_500) });
    expect(one).toMatchObject({ state: 'missing', reason: 'it has none' });
  });

  test.each([
    ['nothing at all', '{ hint: x }', 'must name exactly one of any_label'],
    ['two things at once', '{ description: 5, any_label: [a] }', 'must name exactly one of any_label'],
    ['an expression that is none', '{ title_matches: "(a" }', 'is not a regular expression'],
    ['a misspelt key', '{ any_lable: [a] }', 'did you mean "any_label"?'],
  ])('cannot be %s', (_, rule, message) => {
    expect(parseConfiguration(`require: [${rule}]`).problems?.[0]?.message).toContain(message);
  });

  test.each([
    ['a requirement on labels', 'require: [{ no_label: [wip] }]', true],
    ['a condition on labels', 'require: [{ description: 5, not: { labels: [wip] } }]', true],
    ['a requirement on the title', 'require: [{ title_matches: x }]', false],
    ['a label rule on labels', 'labels: [{ label: a, labels: [b] }]', false],
  ])('has labels watched for %s, or not', (_, text, isWatched) => {
    expect(watchesLabels(read(text))).toBe(isWatched);
  });
});
