import { describe, expect, test } from 'vitest';
import type { VerifiedData } from '../../src/events/catalogue.ts';
import { firstLines, type Line, layOut } from '../../src/notifier/layout.ts';
import { digestOf } from '../../src/notifier/message.ts';
import { messageOf, verifiedFacts } from './verified-event.ts';

const docs = { name: 'docs', reason: 'README.md matches **/*.md' };
const api = { name: 'api', reason: 'src/api.ts matches src/**' };

function textOf(lines: readonly Line[]): string {
  return lines.map(({ bullet, spans }) => `${bullet ? '- ' : ''}${spans.map(({ text }) => text).join('')}`).join('\n');
}

describe('a message tells what stands on the pull request', () => {
  test('labels put there now and before are one list, in the order of names', () => {
    const message = messageOf({ labels: { added: [docs], removed: [], kept: [api] } });
    expect(message.labels).toEqual([api, docs]);
  });

  test('reviewers asked now and before are one list; those who were not asked are left to the check run', () => {
    const message = messageOf({
      reviewers: {
        requested: [{ name: 'zoe', reason: 'owns docs/' }],
        kept: [{ name: 'bob', reason: 'asked already' }],
        skipped: [{ name: 'ann', reason: 'is the author' }],
      },
    });
    expect(message.reviewers.map(({ name }) => name)).toEqual(['bob', 'zoe']);
  });

  test.each(['javascript:alert(1)', 'data:text/html,x', 'file:///etc/passwd', 'not a url'])('%s is no link', (url) => {
    expect(messageOf({ url }).url).toBeUndefined();
  });

  test('all of it reads so', () => {
    const message = messageOf({
      draft: true,
      labels: { added: [docs], removed: [{ name: 'api', reason: 'no rule asks for it any more' }], kept: [] },
      problems: ['zoe cannot review: not a collaborator'],
    });
    expect(textOf(layOut(message))).toBe(
      [
        'octo/hello#17 Explain how to moor',
        'by ann into main, a draft',
        'Labels',
        '- docs – README.md matches **/*.md',
        'Labels removed',
        '- api – no rule asks for it any more',
        'Reviewers',
        '- bob – owns README.md',
        'Problems',
        '- zoe cannot review: not a collaborator',
        'Every decision explained',
      ].join('\n'),
    );
  });

  test('nothing to label and nobody to ask is said in words', () => {
    const nothing = messageOf({
      labels: { added: [], removed: [], kept: [] },
      reviewers: { requested: [], kept: [], skipped: [] },
      checkRunUrl: null,
    });
    expect(textOf(layOut(nothing))).toBe(
      'octo/hello#17 Explain how to moor\nby ann into main\nNo rule asks for a label or a reviewer.',
    );
  });

  test('of a long list ten are shown and the rest is counted', () => {
    const added = Array.from({ length: 13 }, (_, index) => ({ name: `label-${index}`, reason: 'because' }));
    const text = textOf(layOut(messageOf({ labels: { added, removed: [], kept: [] } })));
    expect(text.match(/label-/g)).toHaveLength(10);
    expect(text).toContain('- and 3 more');
  });
});

describe('lines that fit', () => {
  const lines: readonly Line[] = ['aaaa', 'bbbb', 'cccc'].map((text) => ({ spans: [{ text }] }));
  const sizeOf = ({ spans }: Line) => spans.reduce((sum, { text }) => sum + text.length, 0);
  const cases: readonly [name: string, limit: number, expected: string][] = [
    ['all of them where there is room', 13, 'aaaa\nbbbb\ncccc'],
    ['the first of them and a mark where there is not', 12, 'aaaa\nbbbb\n…'],
    ['the mark alone where there is room for none', 4, '…'],
  ];
  test.each(cases)('%s', (_name, limit, expected) => {
    expect(textOf(firstLines(lines, limit, sizeOf))).toBe(expected);
  });
});

describe('a digest', () => {
  const base = verifiedFacts();
  const same: readonly [name: string, facts: Partial<VerifiedData>][] = [
    ['the head moved', { head: { ref: 'moor', sha: 'f'.repeat(40) }, action: 'synchronize' }],
    ['it took longer', { durationMs: 99_999 }],
    ['what was added is now kept', { labels: { added: [], removed: [], kept: base.labels.added } }],
    [
      'a reason is put in other words',
      { reviewers: { requested: [], kept: [{ name: 'bob', reason: 'asked already' }], skipped: [] } },
    ],
    ['another check run explains the same', { checkRunUrl: 'https://github.com/octo/hello/runs/5' }],
  ];
  test.each(same)('is the same where %s', (_name, facts) => {
    expect(digestOf(messageOf(facts))).toBe(digestOf(messageOf()));
  });

  const different: readonly [name: string, facts: Partial<VerifiedData>][] = [
    ['the title changed', { title: 'Explain how to cast off' }],
    ['a label came', { labels: { added: [docs, api], removed: [], kept: [] } }],
    ['a label went', { labels: { added: [], removed: [docs], kept: [] } }],
    ['a reviewer came', { reviewers: { requested: [{ name: 'zoe', reason: 'x' }], kept: [], skipped: [] } }],
    ['a draft became ready', { draft: true }],
    ['the base changed', { base: 'release' }],
    ['something went wrong', { problems: ['a label could not be added'] }],
  ];
  test.each(different)('differs where %s', (_name, facts) => {
    expect(digestOf(messageOf(facts))).not.toBe(digestOf(messageOf()));
  });
});
