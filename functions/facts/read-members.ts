/** Who is in a team: one call, kept for a while. Needs the App's permission `members: read`. */
import type { FunctionContext } from '../context.ts';

/** More than GitHub lets be asked for a review, by far. */
const MOST_MEMBERS = 100;

export async function readMembers(
  context: FunctionContext,
  org: string,
  team_slug: string,
): Promise<readonly string[]> {
  const { github, tenant, signal, cache } = context;
  return cache.read([tenant, 'members', org, team_slug], async () => {
    const { data } = await github.request('GET /orgs/{org}/teams/{team_slug}/members', {
      org,
      team_slug,
      per_page: MOST_MEMBERS,
      request: { signal },
    });
    return data.filter(({ type }) => type === 'User').map(({ login }) => login);
  });
}
