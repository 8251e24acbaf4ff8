import { describe, expect, test } from 'vitest';
import type { VerifiedData } from '../../src/events/catalogue.ts';
import { compileRoute, type When, whenSchema } from '../../src/notifier/routing.ts';
import { verifiedFacts } from './verified-event.ts';

const by = (login: string) => ({ author: { login, url: `https://github.com/${login}` } });
const inRepository = (fullName: string) => ({ repository: { id: 1, fullName, url: `https://github.com/${fullName}` } });
const labelled = (...names: string[]) => ({
  labels: { added: names.map((name) => ({ name, reason: 'x' })), removed: [], kept: [] },
});

describe('a channel hears of a pull request', () => {
  const cases: readonly [name: string, when: When | undefined, facts: Partial<VerifiedData>, expected: boolean][] = [
    ['where it asks for nothing in particular', undefined, {}, true],
    ['of a repository that its pattern names', { repositories: ['octo/*'] }, inRepository('octo/hello'), true],
    ['of no repository of another owner', { repositories: ['octo/*'] }, inRepository('other/hello'), false],
    ['of a repository whatever its case', { repositories: ['Octo/Hello'] }, inRepository('octo/hello'), true],
    ['of a repository that begins with a dot', { repositories: ['octo/*'] }, inRepository('octo/.github'), true],
    ['of one of several alternatives', { repositories: ['octo/{a,b}'] }, inRepository('octo/b'), true],
    ['with any of the labels named', { labels: ['docs', 'api'] }, labelled('api'), true],
    [
      'with a label that was there before',
      { labels: ['docs'] },
      { labels: { added: [], removed: [], kept: [{ name: 'docs', reason: 'x' }] } },
      true,
    ],
    [
      'but not for a label that was just removed',
      { labels: ['docs'] },
      { labels: { added: [], removed: [{ name: 'docs', reason: 'x' }], kept: [] } },
      false,
    ],
    ['with a label in a group', { labels: ['area/*'] }, labelled('area/harbour'), true],
    ['whose label has brackets, taken as they are', { labels: ['[wip]'] }, labelled('[wip]'), true],
    ['but brackets are no character class', { labels: ['[wip]'] }, labelled('w'), false],
    ['whose label begins with a hash or an exclamation mark', { labels: ['#1', '!urgent'] }, labelled('!urgent'), true],
    ['by an author named', { authors: ['ann'] }, by('Ann'), true],
    ['by any bot', { authors: ['*[bot]'] }, by('dependabot[bot]'), true],
    ['but not by a person whose name ends in the same letters', { authors: ['*[bot]'] }, by('talbot'), false],
    ['into a branch named', { bases: ['release/**'] }, { base: 'release/2.x/fixes' }, true],
    ['into no branch that differs in case', { bases: ['Main'] }, { base: 'main' }, false],
    ['that is ready, where drafts are not wanted', { draft: false }, { draft: false }, true],
    ['that is no draft, where drafts are not wanted', { draft: false }, { draft: true }, false],
    ['only where every criterion holds', { repositories: ['octo/*'], labels: ['api'] }, labelled('docs'), false],
    [
      'unless an exception holds',
      { repositories: ['octo/*'], except: { authors: ['dependabot[bot]'] } },
      by('dependabot[bot]'),
      false,
    ],
    [
      'unless any one of its exceptions holds',
      { except: { authors: ['bob'], labels: ['wip'] } },
      { ...by('ann'), ...labelled('wip') },
      false,
    ],
    ['where no exception holds', { except: { authors: ['bob'], draft: true } }, by('ann'), true],
  ];
  test.each(cases)('%s', (_name, when, facts, expected) => {
    const parsed = when === undefined ? undefined : whenSchema.parse(when);
    expect(compileRoute(parsed)(verifiedFacts(facts))).toBe(expected);
  });
});

describe('a pattern is refused', () => {
  const cases: readonly [name: string, pattern: string, expected: string][] = [
    ['that stands for too many', '{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}', 'more than 100 patterns'],
    ['that counts too far', 'x{1..1000000}', 'more than 100 patterns'],
    ['that escapes', 'a\\*', 'no escapes'],
    ['that is empty', '', '>=1'],
    ['that is too long', 'x'.repeat(257), '<=256'],
  ];
  test.each(cases)('%s', (_name, pattern, expected) => {
    const { error } = whenSchema.safeParse({ labels: [pattern] });
    expect(error?.issues[0]?.message).toContain(expected);
  });

  test('before it costs time, however its stars are stacked', () => {
    const route = compileRoute(whenSchema.parse({ bases: [`${'*a'.repeat(60)}b`] }));
    const started = performance.now();
    expect(route(verifiedFacts({ base: 'a'.repeat(255) }))).toBe(false);
    expect(performance.now() - started).toBeLessThan(1000);
  });
});
