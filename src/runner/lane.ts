/**
 * The lane of an event: runs about one pull request go one after the other, and a newer head supersedes an older one; of
 * what is told about the checks and statuses of one commit the newest supersedes the rest. All of it is taken from the payload, which others wrote: what has not the form it must have is left out.
 */
import type { Event } from '../events/event.ts';
import type { Lane } from '../workflow/journal.ts';

type Payload = Readonly<Record<string, unknown>>;

/** 40 hexadecimal digits of SHA-1, or 64 of SHA-256. */
const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/**
 * `<repository id>/<pull request number>`; undefined when the event is not about one pull request. A comment on a pull
 * request (`issue.pull_request`) is in its lane, but has no revision: it supersedes nothing and is not superseded.
 */
export function laneOf(event: Event): Lane | undefined {
  const payload = objectIn(event, 'data');
  const repository = payload && objectIn(payload, 'repository');
  const pullRequest = payload && pullRequestIn(payload);
  const id = repository && idIn(repository, 'id');
  const commit = payload && checkedCommitIn(payload);
  if (commit !== undefined && id !== undefined) return laneOfChecks(event, id, commit);
  const number = pullRequest && idIn(pullRequest, 'number');
  if (!pullRequest || id === undefined || number === undefined) return undefined;
  const order = timeIn(pullRequest, 'updated_at') ?? timeIn(event, 'time');
  const name = `${id}/${number}`;
  // Without a time nobody can tell which of two is newer, so that neither may end the other.
  if (order === undefined) return { name, order: 0 };
  const sha = objectIn(pullRequest, 'head')?.sha;
  return typeof sha === 'string' && COMMIT.test(sha) ? { name, order, revision: sha } : { name, order };
}

/** Every event is a revision of its own. */
function laneOfChecks(event: Event, repository: number, sha: unknown): Lane | undefined {
  const order = timeIn(event, 'time');
  if (order === undefined || typeof sha !== 'string' || !COMMIT.test(sha)) return undefined;
  return { name: `${repository}/checks/${sha}`, order, revision: event.id };
}

/** The commit whose checks, or one of whose statuses, the payload tells of. */
function checkedCommitIn(payload: Payload): unknown {
  const suite = objectIn(payload, 'check_suite');
  if (suite !== undefined) return suite.head_sha ?? null;
  return typeof payload.context === 'string' && typeof payload.state === 'string' ? payload.sha : undefined;
}

function pullRequestIn(payload: Payload): Payload | undefined {
  const pullRequest = objectIn(payload, 'pull_request');
  if (pullRequest !== undefined) return pullRequest;
  const issue = objectIn(payload, 'issue');
  return issue && objectIn(issue, 'pull_request') && issue;
}

function objectIn(parent: Payload, key: string): Payload | undefined {
  const value = parent[key];
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Payload) : undefined;
}

function idIn(parent: Payload, key: string): number | undefined {
  const value = parent[key];
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : undefined;
}

/** Epoch milliseconds. */
function timeIn(parent: Payload, key: string): number | undefined {
  const value = parent[key];
  const time = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}
