/** Facts for tests: a small pull request, but for what a test says of it. */
import type { Facts } from '../../src/rules/facts.ts';

export function factsWith(over: Partial<Facts> = {}, ...paths: string[]): Facts {
  return {
    repositoryId: 4711,
    number: 12,
    title: 'A change',
    body: '',
    author: 'octocat',
    association: 'NONE',
    draft: false,
    fork: false,
    base: 'main',
    head: 'topic',
    labels: [],
    createdAt: 0,
    readAt: 0,
    reviewers: [],
    teams: [],
    files: paths.map((path) => ({ path, status: 'modified' })),
    truncated: false,
    ...over,
  };
}
