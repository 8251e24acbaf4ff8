import { describe, expect, it } from 'vitest';
import type { Event } from '../../src/events/event.ts';
import { laneOf } from '../../src/runner/lane.ts';
import { createOwnEvents } from '../../src/runner/own-events.ts';

const SHA = 'a'.repeat(40);
const UPDATED = '2026-11-21T10:00:00Z';
const TIME = '2026-11-21T10:00:05Z';
const pullRequest = { number: 12, updated_at: UPDATED, head: { sha: SHA } };

function event(data: unknown, overrides: Partial<Event> = {}): Event {
  return { specversion: '1.0', id: '1', source: '/', type: 't', time: TIME, data, ...overrides };
}

describe('the lane of an event', () => {
  it.each([
    [
      'about a pull request: repository and number, ordered by the change, with the head as revision',
      event({ repository: { id: 4711 }, pull_request: pullRequest }),
      { name: '4711/12', order: Date.parse(UPDATED), revision: SHA },
    ],
    [
      'without updated_at is ordered by the event’s time',
      event({ repository: { id: 4711 }, pull_request: { ...pullRequest, updated_at: undefined } }),
      { name: '4711/12', order: Date.parse(TIME), revision: SHA },
    ],
    [
      'without any time supersedes nothing',
      event({ repository: { id: 4711 }, pull_request: { ...pullRequest, updated_at: 'soon' } }, { time: undefined }),
      { name: '4711/12', order: 0 },
    ],
    [
      'about a comment on a pull request has no revision',
      event({ repository: { id: 4711 }, issue: { number: 12, updated_at: UPDATED, pull_request: { url: 'u' } } }),
      { name: '4711/12', order: Date.parse(UPDATED) },
    ],
    [
      'whose head is not a commit has no revision',
      event({ repository: { id: 4711 }, pull_request: { ...pullRequest, head: { sha: 'main; rm -rf' } } }),
      { name: '4711/12', order: Date.parse(UPDATED) },
    ],
    [
      'about an issue is none',
      event({ repository: { id: 4711 }, issue: { number: 12, updated_at: UPDATED } }),
      undefined,
    ],
    [
      'about checks is their commit’s, and each event a revision of its own',
      event({ repository: { id: 4711 }, check_suite: { head_sha: SHA, pull_requests: [pullRequest] } }, { id: 'e7' }),
      { name: `4711/checks/${SHA}`, order: Date.parse(TIME), revision: 'e7' },
    ],
    [
      'about a commit status is that of the commit’s checks',
      event({ repository: { id: 4711 }, sha: SHA, context: 'ci/build', state: 'success' }, { id: 'e8' }),
      { name: `4711/checks/${SHA}`, order: Date.parse(TIME), revision: 'e8' },
    ],
    [
      'about a commit of which no status is told is none',
      event({ repository: { id: 4711 }, sha: SHA, context: 'ci/build' }),
      undefined,
    ],
    [
      'about the checks of what is no commit is none',
      event({ repository: { id: 4711 }, check_suite: { head_sha: '../12' } }),
      undefined,
    ],
    ['about a push is none', event({ repository: { id: 4711 }, ref: 'refs/heads/main' }), undefined],
    ['without a repository is none', event({ pull_request: pullRequest }), undefined],
    ['with a number that is none is none', event({ repository: { id: 1 }, pull_request: { number: '12' } }), undefined],
    [
      'with an id that could reach into another lane is none',
      event({ repository: { id: '1/2' }, pull_request: pullRequest }),
      undefined,
    ],
    ['without data is none', event(undefined), undefined],
    ['with data that is a list is none', event([pullRequest]), undefined],
    ['with data that is text is none', event('pull_request'), undefined],
  ])('%s', (_, given, expected) => {
    expect(laneOf(given)).toEqual(expected);
  });
});

describe('the bot’s own events', () => {
  it.each([
    ['its login', true, 'fairlead[bot]'],
    ['its login in other letter case', true, 'Fairlead[Bot]'],
    ['another account', false, 'octocat'],
    ['an account whose name begins alike', false, 'fairlead[bot]2'],
    ['no account', false, undefined],
    ['what is no name', false, 7],
  ])('sent by %s: %s', (_, expected, sender) => {
    expect(createOwnEvents('fairlead[bot]').isOwn(event({}, { sender }))).toBe(expected);
  });

  it('are known by the payload where a producer left the attribute out', () => {
    const { isOwn } = createOwnEvents('fairlead[bot]');
    expect(isOwn(event({ sender: { login: 'Fairlead[bot]' } }))).toBe(true);
    expect(isOwn(event({ sender: { login: 'octocat' } }))).toBe(false);
    expect(isOwn(event({ sender: null }))).toBe(false);
    expect(isOwn(event({ sender: { login: 'fairlead[bot]' } }, { sender: 'octocat' }))).toBe(false);
  });

  it('are known once the login is', () => {
    const own = createOwnEvents();
    const sent = event({}, { sender: 'fairlead[bot]' });
    expect(own.isOwn(sent)).toBe(false);
    own.learn('Fairlead[bot]');
    expect(own.isOwn(sent)).toBe(true);
  });
});
