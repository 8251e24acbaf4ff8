import { createOidcGuard, type EventGuard } from '../broker/oidc/guard.ts';
import { createKeys } from '../broker/oidc/keys.ts';
import type { Config } from '../config.ts';
import type { Clock } from '../observe/clock.ts';
import type { Logger } from '../observe/log.ts';

/** Who may send events, where that is configured; one for each process, for it keeps the issuer's keys. */
export function createEventGuard(
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
  { oidc }: Pick<Config, 'oidc'>,
): EventGuard | undefined {
  if (oidc === undefined) return undefined;
  const keys = createKeys({ clock, log }, { url: new URL(oidc.keysUrl), tokenFile: oidc.tokenFile });
  return createOidcGuard({ keys, clock, log }, oidc);
}
