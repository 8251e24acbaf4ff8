import { describe, expect, test } from 'vitest';
import { configurationSchema } from '../../../src/rules/configuration.ts';
import { compileRules, decide } from '../../../src/rules/decide.ts';
import type { Facts } from '../../../src/rules/facts.ts';
import { adoptSources } from '../../../src/rules/import/adopt.ts';
import { composeConfiguration } from '../../../src/rules/import/compose.ts';
import { fromAutoAssign } from '../../../src/rules/import/from-auto-assign.ts';
import { fromCodeowners } from '../../../src/rules/import/from-codeowners.ts';
import { fromOwners } from '../../../src/rules/import/from-owners.ts';
import type { Imported } from '../../../src/rules/import/imported.ts';
import { parseConfiguration } from '../../../src/rules/parse-configuration.ts';
import { factsWith } from '../facts.ts';

function ask({ labels, reviewers }: Imported, over: Partial<Facts>, ...files: string[]) {
  const rules = compileRules(configurationSchema.parse({ labels: [...labels], reviewers: [...reviewers] }));
  const decided = decide(factsWith({ author: 'somebody', ...over }, ...files), rules, []);
  return {
    asked: decided.reviewers.request.map(({ name }) => name).sort(),
    labels: decided.labels.add.map(({ name }) => name),
  };
}

describe('CODEOWNERS', () => {
  // The example of GitHub's documentation, in our own words and order of lines.
  const owners = fromCodeowners(`
# a comment
*               @everyone-1 @everyone-2
*.js            @scripts    # behind a line
*.go            docs@example.com
/build/logs/    @logs
docs/*          @writers
apps/           @apps
/docs/          @manual
/scripts/       @acme/shell @runner
**/old          @past
/apps/github
a\\ b/          @spaces
`);

  test.each<[string, string, string[]]>([
    ['what no other line names', 'any/where.rb', ['everyone-1', 'everyone-2']],
    ['an ending, anywhere', 'src/a/b.js', ['scripts']],
    ['a folder from the root', 'build/logs/a/b.txt', ['logs']],
    ['not a folder of that name elsewhere', 'x/build/logs/a.txt', ['everyone-1', 'everyone-2']],
    ['a folder anywhere', 'x/apps/y/z.js', ['apps']],
    ['by the last line, however general an earlier one', 'docs/a.md', ['manual']],
    ['only within the folder for a star', 'x/docs/a.md', ['everyone-1', 'everyone-2']],
    ['teams beside people', 'scripts/run', ['runner', 'shell']],
    ['a folder by its name at any depth', 'x/old/y', ['past']],
    ['nobody where a line has no owner', 'apps/github/a', []],
    ['the rest of the folder all the same', 'apps/gitlab/a', ['apps']],
    ['a name with a space', 'x/a b/c', ['spaces']],
  ])('gives %s its owners', (_, file, expected) => {
    expect(ask(owners, {}, file).asked).toEqual(expected);
  });

  test('asks the owners of each of several files', () => {
    expect(ask(owners, {}, 'a.js', 'docs/b').asked).toEqual(['manual', 'scripts']);
  });

  test.each<[string, string, object[]]>([
    ['the author', 'addAssignees: author', [{ draft: false, to: 'author' }]],
    [
      'the list',
      'addAssignees: true\nassignees: [dan]\nnumberOfAssignees: 1',
      [{ draft: false, people: ['dan'], count: 1 }],
    ],
    [
      'the reviewers where there is no list',
      'addAssignees: true\nreviewers: [ann]',
      [{ draft: false, people: ['ann'] }],
    ],
    [
      'as many of each group',
      'addAssignees: true\nuseAssigneeGroups: true\nnumberOfAssignees: 1\nassigneeGroups: { a: [ann], b: [bob] }',
      [
        { draft: false, people: ['ann'], count: 1 },
        { draft: false, people: ['bob'], count: 1 },
      ],
    ],
  ])('assigns %s', (_, text, assign) => {
    const imported = fromAutoAssign(text);
    expect(imported.assign).toEqual(assign);
    const source = { name: 'auto_assign.yml', imported };
    expect(adoptSources([source])).toMatchObject({ written: { assign }, problems: [] });
    expect(parseConfiguration(composeConfiguration([source]).text).configuration?.assign).toEqual(assign);
  });

  test('assigns nobody where it does not say so', () => {
    expect(fromAutoAssign('addReviewers: true\nassignees: [dan]').assign).toBeUndefined();
    expect(fromAutoAssign('addAssignees: false\nassignees: [dan]').assign).toBeUndefined();
  });

  test('is told what cannot be taken over', () => {
    expect(owners.notes).toContainEqual(expect.stringContaining('docs@example.com is an address'));
    expect(fromCodeowners('!a @x\n[ab] @x').notes).toEqual([
      expect.stringContaining('Line 1: GitHub knows no “!”'),
      expect.stringContaining('Line 2:'),
    ]);
  });
});

describe('OWNERS', () => {
  const owners = fromOwners(
    new Map([
      ['', 'approvers: [root-team]\nreviewers: [ann]\nlabels: [all]'],
      ['pkg', 'reviewers: [bob, cid, dan]\napprovers: [eve]\nlabels: [area/pkg]'],
      ['pkg/alone', 'options: { no_parent_owners: true }\napprovers: [fay]\nlabels: [area/alone]'],
      ['cmd', 'filters: { ".*": { reviewers: [gus] }, "\\\\.go$": { labels: [go] } }'],
    ]),
    'aliases: { Root-Team: [hal, ida] }',
  );

  test.each<[string, string, string[], string[]]>([
    ['the root’s reviewers, then its approvers by their alias', 'a', ['ann', 'hal'], ['all']],
    ['an approver where there is no reviewer', 'pkg/alone/a', ['fay'], ['area/alone']],
    ['the whole folder’s filter', 'cmd/a.go', ['gus'], ['all']],
  ])('asks %s', (_, file, asked, labels) => {
    expect(ask(owners, {}, file)).toEqual({ asked, labels });
  });

  test('asks two of the nearest file’s reviewers', () => {
    const { asked, labels } = ask(owners, {}, 'pkg/x/y');
    expect(asked).toHaveLength(2);
    expect(['bob', 'cid', 'dan']).toEqual(expect.arrayContaining(asked));
    expect(labels).toEqual(['all', 'area/pkg']);
  });

  test('is told what cannot be taken over', () => {
    expect(owners.notes).toContainEqual(expect.stringContaining('the filter “\\.go$” is left out'));
  });
});

describe('auto_assign.yml', () => {
  const one = fromAutoAssign(
    'addReviewers: true\nreviewers: [ann, bob, cid]\nnumberOfReviewers: 2\nskipKeywords: [wip, "[x]"]',
  );

  test('asks as many of the list as it says', () => {
    expect(ask(one, {}, 'a').asked).toHaveLength(2);
  });

  test.each(['WIP: a', 'a [x]'])('asks nobody for “%s”', (title) => {
    expect(ask(one, { title }, 'a').asked).toEqual([]);
  });

  test('asks everybody for a number of zero', () => {
    expect(
      ask(fromAutoAssign('addReviewers: true\nreviewers: [ann, bob]\nnumberOfReviewers: 0'), {}, 'a').asked,
    ).toEqual(['ann', 'bob']);
  });

  test('asks as many of each group', () => {
    const groups =
      'addReviewers: true\nuseReviewGroups: true\nnumberOfReviewers: 1\nreviewGroups: { a: [ann], b: [bob, cid] }';
    const { asked } = ask(fromAutoAssign(groups), {}, 'a');
    expect(asked).toHaveLength(2);
    expect(asked).toContain('ann');
  });

  test('heeds its filter of labels', () => {
    const filtered = fromAutoAssign(
      'addReviewers: true\nreviewers: [ann]\nfilterLabels: { include: [ready], exclude: [hold] }',
    );
    expect(ask(filtered, {}, 'a').asked).toEqual([]);
    expect(ask(filtered, { labels: ['ready'] }, 'a').asked).toEqual(['ann']);
    expect(ask(filtered, { labels: ['ready', 'hold'] }, 'a').asked).toEqual([]);
  });

  test('is told what cannot be taken over', () => {
    expect(fromAutoAssign('addReviewers: true\naddAssignees: true\nreviewers: ["/team"]').notes).toEqual([
      expect.stringContaining('never assigns the author'),
      expect.stringContaining('“/team” is not a login'),
      expect.stringContaining('keeps its choice'),
    ]);
  });
});
