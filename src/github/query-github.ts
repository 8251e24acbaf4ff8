/**
 * One GraphQL query as an installation. GraphQL answers 200 whatever happened: what GitHub will not show comes out as a
 * refusal beside what it does, and what failed altogether rejects as any other request's failure does.
 * @see https://docs.github.com/en/graphql/overview/rate-limits-and-node-limits-for-the-graphql-api
 */
import type { Octokit } from '@octokit/rest';
import { FairleadError } from '../events/fairlead-error.ts';

/** What GitHub would not show, and why. */
export interface QueryRefusal {
  /** `NOT_FOUND`, `FORBIDDEN`, … */
  readonly type: string;
  readonly message: string;
  readonly path?: readonly (string | number)[];
}

interface QueryError extends Partial<QueryRefusal> {
  /** Set where the query itself is at fault. */
  readonly extensions?: { readonly code?: string };
}

/** A full hour is as long as GitHub's limits last. */
const LONGEST_WAIT_MS = 3_600_000;
const UNNAMED_WAIT_MS = 60_000;
const PASSING = new Set([undefined, 'SERVICE_UNAVAILABLE', 'INTERNAL']);

/** `query` begins with `query` and a name. @throws FairleadError `github.*` */
export async function queryGitHub<Data>(
  github: Octokit,
  query: string,
  variables: Readonly<Record<string, unknown>>,
): Promise<{ readonly data: Data | null; readonly refusals: readonly QueryRefusal[] }> {
  const { data: answer, headers } = await github.request('POST /graphql', { query, variables });
  const { data, errors = [] } = answer as { readonly data?: Data | null; readonly errors?: readonly QueryError[] };
  const said = errors.map(({ message = '' }) => message.slice(0, 200)).join('; ');
  if (errors.some(({ type }) => type === 'RATE_LIMITED')) {
    const waitMs = Number(headers['x-ratelimit-reset']) * 1000 - Date.parse(String(headers.date));
    throw new FairleadError('github.rate_limited', `GitHub takes no more queries: ${said}`, {
      status: 429,
      retryAfter: waitMs >= 0 ? Math.min(waitMs, LONGEST_WAIT_MS) : UNNAMED_WAIT_MS,
    });
  }
  if (errors.some(({ extensions }) => extensions?.code !== undefined)) {
    throw new FairleadError('github.invalid', `GitHub does not understand a query: ${said}`, { status: 422 });
  }
  if (errors.some(({ type }) => PASSING.has(type))) {
    throw new FairleadError('github.unavailable', `GitHub did not finish a query: ${said}`, { status: 503 });
  }
  return { data: data ?? null, refusals: errors as readonly QueryRefusal[] };
}
