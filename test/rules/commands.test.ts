import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { VERBS } from '../../src/rules/commands/command.ts';
import { parseCommands } from '../../src/rules/commands/parse-commands.ts';
import { type CommandRules, demandsOf, planCommands } from '../../src/rules/commands/plan-commands.ts';
import type { Speaker } from '../../src/rules/commands/policy.ts';
import { parseConfiguration } from '../../src/rules/parse-configuration.ts';

const lines = (...text: readonly string[]) => text.join('\n');
const linesOf = (body: string) => parseCommands(body).commands.map(({ verb, line }) => `${line} ${verb}`);

describe('a command is read', () => {
  test.each([
    ['/label bug', { verb: 'label', labels: ['bug'] }],
    ['/LABEL needs review, bug ', { verb: 'label', labels: ['needs review', 'bug'] }],
    ['/unlabel "one, two",three', { verb: 'unlabel', labels: ['one, two', 'three'] }],
    ['/label size/L', { verb: 'label', labels: ['size/L'] }],
    ['/assign', { verb: 'assign', people: [] }],
    ['/assign @octocat, hubot', { verb: 'assign', people: ['octocat', 'hubot'] }],
    ['/unassign @octocat', { verb: 'unassign', people: ['octocat'] }],
    [
      '/cc @octocat @octo-org/core',
      {
        verb: 'cc',
        whom: [
          { kind: 'person', name: 'octocat' },
          { kind: 'team', name: 'core' },
        ],
      },
    ],
    ['/hold', { verb: 'hold' }],
    ['/hold until the release is out', { verb: 'hold' }],
    ['/unhold', { verb: 'unhold' }],
    ['/review-later 3d', { verb: 'review-later', hours: 72 }],
    ['/review-later 12 H', { verb: 'review-later', hours: 12 }],
    ['/away until 2026-12-03', { verb: 'away', until: '2026-12-03' }],
    ['/away OFF', { verb: 'away', until: null }],
    ['/why', { verb: 'why' }],
    ['/retry\t', { verb: 'retry' }],
    ['/fairlead help', { verb: 'help' }],
    ['/fairlead', { verb: 'help' }],
  ])('%s', (body, expected) => {
    expect(parseCommands(body)).toEqual({ commands: [{ ...expected, line: 1 }], problems: [] });
  });

  test('between sentences, at its own line, whatever ends the lines', () => {
    expect(linesOf('Thanks!\r\n/label bug\r\n/hold\rand\n\n/why')).toEqual(['2 label', '3 hold', '6 why']);
  });
});

describe('nothing is read', () => {
  test.each([
    ['from a word of another bot', '/ok-to-test'],
    ['from a path', '/label/bug'],
    ['from a name that only begins like a command', '/labels bug'],
    ['behind text', 'please /label bug'],
    ['behind a space', ' /label bug'],
    ['behind a list mark', '- /label bug'],
    ['in a quotation', '> /label bug'],
    ['in a quotation within a quotation', '>> /label bug'],
    ['in a quotation within a list', lines('- > so', '/label bug')],
    ['in the lines that a quotation takes along', lines('> they said', '/label bug')],
    ['in a fence', lines('```', '/label bug', '```')],
    ['in a fence with a language', lines('~~~sh', '/label bug', '~~~')],
    ['in a fence that nothing closes', lines('```', '/label bug', '', '/label bug')],
    ['in a fence that a shorter one does not close', lines('````', '```', '/label bug', '````')],
    ['in a fence that another mark does not close', lines('```', '~~~', '/label bug', '```')],
    ['in a fence that an indented line does not close', lines('```', '    ```', '/label bug', '```')],
    ['in a fence of a list', lines('1. ```', '/label bug', '   ```')],
    ['in indented code', '    /label bug'],
    ['in code indented by a tab', '\t/label bug'],
    ['in a code span over lines', lines('see `this', '/label bug', 'there`')],
    ['in a code span of two marks', lines('see ``this ` ', '/label bug', 'there``')],
    ['in an HTML comment', lines('<!--', '/label bug', '-->')],
    ['in an HTML comment over paragraphs', lines('text <!-- a', '', '/label bug', '', '-->')],
    ['in an HTML comment that nothing ends', lines('<!--', '', '/label bug')],
    ['in an HTML comment that holds a fence', lines('<!--', '```', '-->', '<!--', '/label bug', '-->')],
    ['in <pre>', lines('<pre>', '/label bug', '</pre>')],
    ['in <code class>', lines('<CODE class="a">', '', '/label bug', '</CODE>')],
    ['in <blockquote> within another', lines('<blockquote><blockquote></blockquote>', '/label bug', '</blockquote>')],
    ['from an empty comment', ''],
    ['from a line of slashes', '//////'],
    ['from a name in other letters', '/lаbel bug'],
  ])('%s', (_, body) => {
    expect(parseCommands(body)).toEqual({ commands: [], problems: [] });
  });
});

describe('a command is read all the same', () => {
  test.each([
    ['after a quotation and an empty line', lines('> they said', '', '/label bug'), ['3 label']],
    ['after a fence', lines('```', 'x', '```', '/label bug'), ['4 label']],
    ['after a fence closed by a longer one', lines('```', 'x', '````', '/label bug'), ['4 label']],
    ['after backticks that nothing closes', lines('it`s', '/label bug'), ['2 label']],
    ['after an escaped backtick', lines('\\`a', '/label bug', '`'), ['2 label']],
    ['after a code span', lines('`a`', '/label bug', '`b`'), ['2 label']],
    ['after an HTML comment', lines('<!-- a --> b', '/label bug'), ['2 label']],
    ['after the end of an HTML comment', lines('<!--', '', '-->', '/label bug'), ['4 label']],
    ['after the mention of a tag in code', lines('use `<pre>`', '/label bug'), ['2 label']],
    ['after a word that only begins like a tag', lines('a <prefix', '/label bug'), ['2 label']],
    ['in <details>', lines('<details>', '', '/label bug', '</details>'), ['3 label']],
    ['under a list', lines('- a', '/label bug'), ['2 label']],
  ])('%s', (_, body, expected) => {
    expect(linesOf(body)).toEqual(expected);
  });
});

describe('what is meant as a command and is none is told, with its usage', () => {
  test.each([
    ['/label', '/label names no label; usage: /label NAME, NAME'],
    ['/label , ,', '/label names no label'],
    [`/label ${'x'.repeat(51)}`, '/label names a label of more than 50 characters'],
    [`/label ${'a,'.repeat(11)}`, '/label names more than 10 labels'],
    [`/hold ${'x'.repeat(2_000)}`, '/hold is too long'],
    ['/assign octo cat!', '/assign names “cat!”, which is no login'],
    ['/assign @octo-org/core', '/assign names “@octo-org/core”, which is no login'],
    ['/cc', '/cc names nobody'],
    ['/cc ../../x', '/cc names “../../x”, which is no login'],
    [`/cc ${'@a '.repeat(11)}`, '/cc names more than 10'],
    ['/review-later', '/review-later takes a time, such as 12h, 3d or 1w'],
    ['/review-later 0d', '/review-later takes a time from 1h to 90d'],
    ['/review-later 9999w', '/review-later takes a time from 1h to 90d'],
    ['/away', '/away takes “until” and the last day as YYYY-MM-DD, or “off”'],
    ['/away until 2026-02-30', '/away takes “until”'],
    ['/away until tomorrow', '/away takes “until”'],
    ['/why not', '/why takes nothing behind it; usage: /why'],
    ['/fairlead destroy', '/fairlead takes nothing behind it; usage: /fairlead help'],
  ])('%s', (body, message) => {
    const { commands, problems } = parseCommands(body);
    expect(commands).toEqual([]);
    expect(problems).toMatchObject([{ line: 1, message: expect.stringContaining(message) }]);
  });

  test('more than twenty commands', () => {
    const { commands, problems } = parseCommands('/hold\n'.repeat(30));
    expect(commands).toHaveLength(20);
    expect(problems).toEqual([{ line: 21, message: 'only the first 20 commands of a comment are looked at' }]);
  });
});

describe('a hostile body', () => {
  const size = 65_536;
  test.each([
    ['of backticks in runs of every length', Array.from({ length: 360 }, (_, n) => '`'.repeat(n + 1)).join(' ')],
    ['of single backticks', '` '.repeat(size / 2)],
    ['of escapes', '\\'.repeat(size)],
    ['of opened comments', '<!-- '.repeat(size / 5)],
    ['of comments', '<!---->'.repeat(size / 7)],
    ['of tags within tags', '<pre>'.repeat(size / 5)],
    ['of closed tags', '<b></b><code></code>'.repeat(size / 20)],
    ['of list marks', `${'- '.repeat(size / 2)}`],
    ['of fences', '```\n'.repeat(size / 4)],
    ['of slashes', '/\n'.repeat(size / 2)],
    ['of one line', `/label ${'"'.repeat(size)}`],
    ['of spaces', `/hold${' '.repeat(size)}x`],
  ])('%s is read in little time', (_, body) => {
    const begun = performance.now();
    parseCommands(body);
    expect(performance.now() - begun).toBeLessThan(500);
  });

  test('what GitHub would not take as a comment is not looked at', () => {
    expect(linesOf(`${' \n'.repeat(40_000)}/hold`)).toEqual([]);
  });

  test('whatever is said in a fence or a quotation, no command comes of it', () => {
    const word = fc.constantFrom('/hold', '/label bug', 'a', '', '> b', '`', '<b>', '~~~', '-->');
    fc.assert(
      fc.property(fc.array(word, { maxLength: 12 }), (words) => {
        expect(linesOf(['```', ...words, '```'].join('\n'))).toEqual([]);
        expect(linesOf(words.map((text) => `> ${text}`).join('\n'))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});

const RULES: CommandRules = { policy: undefined, holdLabel: 'hold', privileged: ['ok-*'], today: '2026-11-21' };
const stranger: Speaker = { login: 'stranger', isAuthor: false, association: 'NONE', permission: 'read' };
const author: Speaker = { ...stranger, login: 'author', isAuthor: true, association: 'CONTRIBUTOR' };
const triager: Speaker = { ...stranger, login: 'triager', association: 'MEMBER', permission: 'triage' };
const writer: Speaker = { ...triager, login: 'writer', permission: 'write' };

const plan = (body: string, speaker: Speaker, rules: Partial<CommandRules> = {}) =>
  planCommands(parseCommands(body), { ...RULES, ...rules }, speaker);

describe('who may use a command', () => {
  const usage: Readonly<Record<string, string>> = {
    label: '/label bug',
    unlabel: '/unlabel bug',
    cc: '/cc @a',
    'review-later': '/review-later 1d',
    away: '/away off',
    help: '/fairlead help',
  };
  const allowedTo = (speaker: Speaker) =>
    VERBS.filter((verb) => plan(usage[verb] ?? `/${verb}`, speaker).refusals.length === 0);

  test('by default: everybody the harmless, the author of their own, triage what triage may, members of themselves', () => {
    expect(allowedTo(stranger)).toEqual(['why', 'help']);
    expect(allowedTo(author)).toEqual(['cc', 'hold', 'why', 'retry', 'help']);
    expect(allowedTo(triager)).toEqual([...VERBS]);
    expect(allowedTo({ ...stranger, association: 'MEMBER' })).toEqual(['review-later', 'away', 'why', 'help']);
  });

  test.each([
    ['author', author, stranger],
    ['collaborator', { ...stranger, association: 'COLLABORATOR' }, stranger],
    ['collaborator', { ...triager, association: 'NONE' }, stranger],
    ['triage', triager, author],
    ['write', writer, triager],
    ['write', { ...stranger, association: 'OWNER', permission: undefined }, triager],
    ['anyone', stranger, undefined],
    ['team:core', { ...stranger, teams: ['core'] }, { ...writer, teams: ['other'] }],
    [['author', 'team:core'], author, writer],
  ] as const)('as configured: %s', (grants, may, mayNot) => {
    const policy = { label: typeof grants === 'string' ? grants : [...grants] };
    expect(plan('/label bug', may, { policy }).labels.add).toEqual(['bug']);
    if (mayNot === undefined) return;
    expect(plan('/label bug', mayNot, { policy })).toMatchObject({
      labels: { add: [] },
      refusals: [`line 1: /label is for ${[grants].flat().join(', ')}`],
    });
  });

  test('what is for nobody is not answered at all, not even where it is misused', () => {
    const { refusals, labels } = plan('/label bug\n/label\n/retry now', writer, { policy: { label: 'nobody' } });
    expect(labels.add).toEqual([]);
    expect(refusals).toEqual(['line 3: /retry takes nothing behind it; usage: /retry']);
  });

  test('a privileged label is for those who may write, whatever is configured', () => {
    const policy = { label: 'anyone' };
    expect(plan('/label ok-to-test', triager, { policy }).refusals).toEqual(['line 1: /label is for write']);
    expect(plan('/label OK-to-test', writer, { policy }).labels.add).toEqual(['OK-to-test']);
  });

  test('the label of a hold is put on and taken off by those who may hold', () => {
    const policy = { label: 'anyone', unlabel: 'anyone' };
    expect(plan('/unlabel Hold', author, { policy }).refusals).toEqual(['line 1: /unlabel is for triage']);
    expect(plan('/label hold', author, { policy }).labels.add).toEqual(['hold']);
    expect(plan('/label hold', stranger, { policy }).refusals).toHaveLength(1);
  });
});

describe('what has to be looked up', () => {
  const demands = (body: string, speaker: Partial<Speaker>, policy: CommandRules['policy'] = undefined) =>
    demandsOf(parseCommands(body).commands, { ...RULES, policy }, { ...stranger, permission: undefined, ...speaker });

  test.each([
    ['nothing for what everybody may', '/why', {}, undefined, { permission: false, teams: [] }],
    ['nothing for the author', '/retry', { isAuthor: true }, undefined, { permission: false, teams: [] }],
    ['nothing for an owner', '/label ok-x', { association: 'OWNER' }, undefined, { permission: false, teams: [] }],
    [
      'nothing for a member’s absence',
      '/away off',
      { association: 'MEMBER' },
      undefined,
      { permission: false, teams: [] },
    ],
    ['the permission for a label', '/label bug', { association: 'MEMBER' }, undefined, { permission: true, teams: [] }],
    ['a team', '/label bug', {}, { label: 'team:core' }, { permission: false, teams: ['core'] }],
    ['both', '/label bug', {}, { label: ['team:core', 'write'] }, { permission: true, teams: ['core'] }],
    ['nothing for what nobody may', '/label bug', {}, { label: 'nobody' }, { permission: false, teams: [] }],
  ] as const)('%s', (_, body, speaker, policy, expected) => {
    const mutable = policy && (structuredClone(policy) as CommandRules['policy']);
    expect(demands(body, speaker, mutable)).toEqual(expected);
  });
});

describe('a plan', () => {
  test('of several words about one thing keeps the last', () => {
    const said = lines('/label a, b', '/unlabel A', '/hold', '/unhold', '/assign', '/unassign @Writer', '/assign @x');
    expect(plan(said, writer)).toMatchObject({
      labels: { add: ['b'], remove: ['A', 'hold'] },
      assignees: { add: ['x'], remove: ['Writer'] },
    });
  });

  test('holds what is asked of somebody and of oneself', () => {
    const said = lines('/cc @a @o/t', '/cc @A', '/away until 2026-12-03', '/review-later 1d', '/why', '/retry');
    expect(plan(said, writer)).toEqual({
      labels: { add: [], remove: [] },
      assignees: { add: [], remove: [] },
      reviewers: [
        { kind: 'person', name: 'A' },
        { kind: 'team', name: 't' },
      ],
      away: { until: '2026-12-03' },
      reviewLater: { hours: 24 },
      why: true,
      retry: true,
      help: false,
      refusals: [],
    });
  });

  test.each(['2026-11-20', '2027-11-30'])('refuses an absence until %s', (until) => {
    expect(plan(`/away until ${until}`, writer)).toMatchObject({
      away: null,
      refusals: ['line 1: /away takes a day from today (2026-11-21) to a year from now'],
    });
  });
});

describe('the configuration of commands', () => {
  test.each([
    ['commands: { label: admin }', 'must be anyone, author, collaborator, triage, write, nobody or “team:”'],
    ['commands: { label: [triage, "team:"] }', 'must be anyone'],
    ['commands: { labels: triage }', 'unknown key "labels"; did you mean "label"?'],
    ['commands: { label: [] }', 'expected array to have >=1 items'],
    ['commands: off', '"commands" must be a mapping, not text'],
    ['hold: ""', 'expected string to have >=1 characters'],
  ])('%s is an error', (text, message) => {
    expect(parseConfiguration(text).problems).toMatchObject([{ line: 1, message: expect.stringContaining(message) }]);
  });

  test.each(['commands: { label: "team:core", review-later: [author, write] }', 'hold: blocked'])(
    '%s is none',
    (text) => {
      expect(parseConfiguration(text).problems).toBeUndefined();
    },
  );
});
