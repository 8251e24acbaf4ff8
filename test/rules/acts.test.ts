import { describe, expect, test } from 'vitest';
import { nameOfAct } from '../../src/rules/acts.ts';
import { codeOwnersOf } from '../../src/rules/code-owners.ts';
import { compileRules, decide } from '../../src/rules/decide.ts';
import type { Facts, PastAct } from '../../src/rules/facts.ts';
import { needsOf, watchesLabels } from '../../src/rules/needs.ts';
import { parseConfiguration } from '../../src/rules/parse-configuration.ts';
import { digestOf } from '../../src/rules/rule-digest.ts';
import { factsWith } from './facts.ts';

function read(text: string) {
  const { configuration, problems } = parseConfiguration(text);
  if (configuration === undefined) throw new Error(JSON.stringify(problems));
  return configuration;
}

function judge(text: string, over: Partial<Facts> = {}, past: readonly PastAct[] = []) {
  const { acts, left } = decide(factsWith(over, 'docs/a'), compileRules(read(text)), past).acts;
  return { acts: acts.map(nameOfAct), left: left.map(({ name, reason }) => `${name}: ${reason}`) };
}

const act = (kind: PastAct['kind'], name: string, over: Partial<PastAct> = {}): PastAct => ({
  kind,
  name,
  state: 'ours',
  ...over,
});
const refused = { state: 'refused', reason: 'removed by ann' } as const;

describe('assigning', () => {
  const author = 'assign: [{ to: author, files: ["**"] }]';
  const people = 'assign: [{ people: [ann, ben, cem], count: 2, files: ["**"] }]';

  test.each<[string, string, Partial<Facts>, PastAct[], object]>([
    ['the author', author, {}, [], { acts: ['assign octocat'], left: [] }],
    ['nobody who is assigned already', author, { assignees: ['Octocat'] }, [], { acts: [], left: [] }],
    ['no bot', author, { author: 'renovate[bot]' }, [], { acts: [], left: ['assign renovate[bot]: is a bot'] }],
    [
      'nobody whom a person took off',
      author,
      {},
      [act('assignee', 'octocat', refused)],
      { acts: [], left: ['assign octocat: removed by ann'] },
    ],
    [
      'nobody whom we assigned and who is not assigned any more',
      author,
      {},
      [act('assignee', 'OctoCat')],
      { acts: [], left: ['assign octocat: was assigned before, and is not any more'] },
    ],
    [
      'those whom CODEOWNERS names',
      'assign: [{ to: owners, files: ["**"] }]',
      { codeOwners: ['dee'] },
      [],
      { acts: ['assign dee'], left: [] },
    ],
    ['nobody where the rule does not hold', 'assign: [{ to: author, draft: true }]', {}, [], { acts: [], left: [] }],
  ])('is for %s', (_, text, over, past, expected) => {
    expect(judge(text, over, past)).toEqual(expected);
  });

  test('goes as far as the count, those who are assigned already counting', () => {
    expect(judge(people).acts).toHaveLength(2);
    expect(judge(people, { assignees: ['ben'] }).acts).toHaveLength(1);
    expect(judge(people, { assignees: ['ben', 'CEM'] }).acts).toEqual([]);
  });

  test('chooses the same people for the same pull request, and others for another', () => {
    expect(judge(people)).toEqual(judge(people));
    const chosen = new Set(Array.from({ length: 20 }, (_, number) => judge(people, { number }).acts.join()));
    expect(chosen.size).toBeGreaterThan(1);
  });
});

describe('a milestone', () => {
  const text = 'milestones: [{ name: "2.0", base: [main] }, { name: "3.0", files: ["**"] }]';
  test.each<[string, Partial<Facts>, PastAct[], object]>([
    ['is that of the first rule that holds', {}, [], { acts: ['milestone 2.0'], left: [] }],
    ['is that of the next where the first does not hold', { base: 'x' }, [], { acts: ['milestone 3.0'], left: [] }],
    ['is not put over another', { milestone: '1.0' }, [], { acts: [], left: [] }],
    [
      'that a person took off stays off',
      {},
      [act('milestone', '2.0')],
      { acts: [], left: ['milestone 2.0: it was set before, and is not any more'] },
    ],
  ])('%s', (_, over, past, expected) => {
    expect(judge(text, over, past)).toEqual(expected);
  });
});

describe('a comment', () => {
  const rule = (over = '') => `comments: [{ name: welcome, text: "Hello @{author}", draft: false${over} }]`;
  const there = act('comment', 'rule/welcome', { rule: 'x.y', reference: '7' });
  const digest = digestOf(read(rule()).comments ?? []);

  test.each<[string, string, Partial<Facts>, PastAct[], object]>([
    ['is written where its rule holds', rule(), {}, [], { acts: ['comment welcome'], left: [] }],
    ['is not written where it does not', rule(), { draft: true }, [], { acts: [], left: [] }],
    [
      'is deleted once it does not hold any more',
      rule(),
      { draft: true },
      [there],
      { acts: ['delete comment welcome'], left: [] },
    ],
    ['stays, where that is said', rule(', otherwise: keep'), { draft: true }, [there], { acts: [], left: [] }],
    [
      'says something else, where that is said',
      rule(', otherwise: { text: "Thank you" }'),
      { draft: true },
      [there],
      { acts: ['comment welcome'], left: [] },
    ],
    [
      'that a person deleted stays away',
      rule(),
      {},
      [act('comment', 'rule/welcome', { ...refused, rule: `${digest}.z` })],
      { acts: [], left: ['comment welcome: removed by ann'] },
    ],
    [
      'that a person deleted is written again once its rule has changed',
      rule(),
      {},
      [act('comment', 'rule/welcome', { ...refused, rule: 'other.z' })],
      { acts: ['comment welcome'], left: [] },
    ],
    ['whose rule cannot be judged is left as it is', rule(', commits: x'), {}, [there], { acts: [], left: [] }],
  ])('%s', (_, text, over, past, expected) => {
    expect(judge(text, over, past)).toEqual(expected);
  });

  test.each([
    [
      'a placeholder that stands for nothing',
      '{ name: a, text: "{autor}", draft: true }',
      '{autor} stands for nothing',
    ],
    ['no condition', '{ name: a, text: x }', 'has no condition'],
    [
      'the name of another',
      '{ name: a, text: x, draft: true }, { name: a, text: x, draft: true }',
      'is the name of another',
    ],
    ['an empty text', '{ name: a, text: " ", draft: true }', ''],
  ])('cannot have %s', (_, text, message) => {
    expect(parseConfiguration(`comments: [${text}]`).problems?.[0]?.message).toContain(message);
  });
});

describe('merging by itself', () => {
  const text = 'automerge: [{ method: squash, labels: [automerge] }]';
  const on = { labels: ['automerge'] };
  const digest = digestOf(read(text).automerge ?? []);

  test.each<[string, string, Partial<Facts>, PastAct[], object]>([
    ['is switched on where a rule holds', text, on, [], { acts: ['automerge by squash'], left: [] }],
    ['is not where none holds', text, {}, [], { acts: [], left: [] }],
    ['is left alone where it is on', text, { ...on, isAutomerging: true }, [], { acts: [], left: [] }],
    [
      'is not for forks',
      text,
      { ...on, fork: true },
      [],
      { acts: [], left: ['automerge by squash: it comes from a fork'] },
    ],
    [
      'is for forks where that is said',
      text.replace('}', ', forks: true }'),
      { ...on, fork: true },
      [],
      { acts: ['automerge by squash'], left: [] },
    ],
    ['is not for drafts', text, { ...on, draft: true }, [], { acts: [], left: ['automerge by squash: it is a draft'] }],
    [
      'is switched off once the rule does not hold any more, if we switched it on',
      text,
      { isAutomerging: true },
      [act('automerge', 'automerge', { rule: digest })],
      { acts: ['no automerge'], left: [] },
    ],
    ['stays on where a person switched it on', text, { isAutomerging: true }, [], { acts: [], left: [] }],
    [
      'is not switched on again where somebody switched it off',
      text,
      on,
      [act('automerge', 'automerge', { rule: digest })],
      { acts: [], left: ['automerge by squash: it was switched on before, and is not any more'] },
    ],
    [
      'is switched on again once the rule has changed',
      text,
      on,
      [act('automerge', 'automerge', { rule: 'old' })],
      { acts: ['automerge by squash'], left: [] },
    ],
  ])('%s', (_, rules, over, past, expected) => {
    expect(judge(rules, over, past)).toEqual(expected);
  });
});

test('nothing of it is done, and nothing is read for it, where no rule says so', () => {
  const configuration = read('labels: [{ label: a, files: ["**"] }]');
  expect(decide(factsWith({}, 'a'), compileRules(configuration), []).acts).toEqual({ acts: [], left: [] });
  expect(needsOf(configuration)).toMatchObject({ acts: false, codeOwners: false });
  expect(watchesLabels(configuration)).toBe(false);
  expect(watchesLabels(read('automerge: [{ method: merge, labels: [a] }]'))).toBe(true);
});

test('code owners are those of the last line that matches, teams left out', () => {
  const text = '* @ann @octo/team\ndocs/ @ben\n/src/ @cem\n';
  expect(codeOwnersOf(text, [{ path: 'docs/a.md' }])).toEqual(['ben']);
  expect(codeOwnersOf(text, [{ path: 'x', previousPath: 'src/y' }])).toEqual(['ann', 'cem']);
  expect(codeOwnersOf('', [{ path: 'x' }])).toEqual([]);
});
