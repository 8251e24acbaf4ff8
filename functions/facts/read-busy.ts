/** Whose status on GitHub says “busy”: one GraphQL query for as many people as may be chosen from. */
import { queryGitHub } from '../../src/github/query-github.ts';
import type { FunctionContext } from '../context.ts';
import { requireShown } from './require-shown.ts';

const MOST_PEOPLE = 100;

interface User {
  readonly login: string;
  readonly status: { readonly indicatesLimitedAvailability: boolean } | null;
}

export async function readBusy({ github }: FunctionContext, logins: readonly string[]): Promise<readonly string[]> {
  const asked = logins.slice(0, MOST_PEOPLE);
  if (asked.length === 0) return [];
  const parameters = asked.map((_, index) => `$u${index}: String!`).join(', ');
  const users = asked
    .map((_, index) => `u${index}: user(login: $u${index}) { login status { indicatesLimitedAvailability } }`)
    .join(' ');
  const variables = Object.fromEntries(asked.map((login, index) => [`u${index}`, login]));
  // Whom GitHub does not know comes as null, beside the others.
  const query = `query Statuses(${parameters}) { ${users} }`;
  const { data, refusals } = await queryGitHub<Readonly<Record<string, User | null>>>(github, query, variables);
  requireShown(refusals.filter(({ type }) => type !== 'NOT_FOUND'));
  return Object.values(data ?? {}).flatMap((user) =>
    user?.status?.indicatesLimitedAvailability === true ? [user.login] : [],
  );
}
