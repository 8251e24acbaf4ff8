import type { Answer } from './answer.ts';
import { page } from './page.ts';
import { toDiffEntry, toPull, toReview } from './represent-pull.ts';
import { pullRoute, type Route, read, repositoryRoute } from './route.ts';

/** GitHub lists at most this many files of a pull request, whatever the page. */
const MOST_FILES = 3000;

export const pullRoutes: readonly Route[] = [
  repositoryRoute('GET', '/pulls', read('pull_requests'), (world, call, repository): Answer => {
    const state = call.query.get('state') ?? 'open';
    const listed = [...repository.pulls.values()].filter((pull) => state === 'all' || pull.state === state);
    const sign = call.query.get('direction') === 'asc' ? 1 : -1;
    const sorted = listed.sort((a, b) => sign * (a.number - b.number));
    const { items, headers } = page(call, sorted);
    return { status: 200, headers, body: items.map((pull) => toPull(world, repository, pull)) };
  }),
  pullRoute('GET', '/pulls/{number}', read('pull_requests'), (world, _call, repository, pull) => ({
    status: 200,
    body: toPull(world, repository, pull),
  })),
  pullRoute('GET', '/pulls/{number}/files', read('pull_requests'), (world, call, repository, pull): Answer => {
    const { items, headers } = page(call, pull.files.slice(0, MOST_FILES));
    return { status: 200, headers, body: items.map((file) => toDiffEntry(world, repository, pull, file)) };
  }),
  pullRoute('GET', '/pulls/{number}/reviews', read('pull_requests'), (world, call, repository, pull): Answer => {
    const { items, headers } = page(call, pull.reviews);
    return { status: 200, headers, body: items.map((review) => toReview(world, repository, pull, review)) };
  }),
];
