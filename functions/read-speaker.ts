/** What has to be known of whoever says a command, looked up where it is not told by the comment itself. */
import { FairleadError } from '../src/events/fairlead-error.ts';
import type { Permission, Speaker, Unknowns } from '../src/rules/commands/policy.ts';
import { attempt } from './attempt.ts';
import type { FunctionContext } from './context.ts';
import { readTeams } from './read-details.ts';

interface Place {
  readonly owner: string;
  readonly repo: string;
}

/** What GitHub would not tell stays unknown, and allows nothing. */
export async function readSpeaker(
  context: FunctionContext,
  place: Place,
  speaker: Speaker,
  unknowns: Unknowns,
): Promise<{ readonly speaker: Speaker; readonly problems: readonly string[] }> {
  const problems: string[] = [];
  let { permission, teams } = speaker;
  if (unknowns.permission) {
    await attempt(problems, `What ${speaker.login} may do here could not be read`, async () => {
      permission = await readPermission(context, place, speaker.login);
    });
  }
  if (unknowns.teams.length > 0) {
    await attempt(problems, `The teams of ${speaker.login} could not be read`, async () => {
      teams = await readTeams(context, place.owner, speaker.login, unknowns.teams);
    });
  }
  return { speaker: { ...speaker, permission, teams }, problems };
}

/** https://docs.github.com/en/rest/collaborators/collaborators#get-repository-permissions-for-a-user */
async function readPermission(
  { github, signal }: FunctionContext,
  { owner, repo }: Place,
  username: string,
): Promise<Permission> {
  try {
    const route = 'GET /repos/{owner}/{repo}/collaborators/{username}/permission';
    const { data } = await github.request(route, { owner, repo, username, request: { signal } });
    // A role of the organization's own is known by what it allows; the old names know no triage.
    const may = data.user?.permissions;
    if (data.permission === 'admin' || data.permission === 'write' || may?.push === true) return 'write';
    if (may?.triage === true) return 'triage';
    return data.permission === 'none' ? 'none' : 'read';
  } catch (error) {
    if (error instanceof FairleadError && error.code === 'github.not_found') return 'none';
    throw error;
  }
}
