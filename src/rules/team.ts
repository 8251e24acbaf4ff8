/** A team as a configuration names it: by its slug, or by organization and slug. */

export const TEAM = /^(?:[A-Za-z\d](?:[A-Za-z\d-]{0,98}[A-Za-z\d])?\/)?[A-Za-z\d_][\w.-]{0,99}$/;

/** `octo/core` and `core` → `core`. */
export function slugOf(team: string): string {
  return team.slice(team.indexOf('/') + 1);
}

/** The organization, where it is named. */
export function organizationOf(team: string): string | undefined {
  const slash = team.indexOf('/');
  return slash === -1 ? undefined : team.slice(0, slash);
}
