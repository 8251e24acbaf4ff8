/** The key to a door that is not open to everybody: `Authorization: Bearer <token>`, compared in constant time. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { EventGuard } from '../broker/oidc/guard.ts';
import type { Problem } from '../events/problem.ts';

/** Why a request may not enter, undefined when it may. Without a token, every request may: the port is on the loopback. */
export type Guard = (req: Pick<IncomingMessage, 'headers'>) => Problem | undefined;

const REFUSED: Problem = {
  status: 401,
  detail: 'Send the token of this port as “Authorization: Bearer …”.',
  headers: { 'www-authenticate': 'Bearer' },
};

export function createGuard(token: string | undefined): Guard {
  if (token === undefined) return () => undefined;
  const expected = digest(token);
  return (req) => {
    const given = /^Bearer +(.+)$/i.exec(req.headers.authorization ?? '')?.[1] ?? '';
    return timingSafeEqual(digest(given), expected) ? undefined : REFUSED;
  };
}

/**
 * The token, and where there is a `guard` whom that lets in as well. With a guard and no token, everybody is the guard's to
 * judge.
 */
export function createDoor(
  token: string | undefined,
  guard: EventGuard | undefined,
): (req: Parameters<EventGuard>[0]) => Promise<Problem | undefined> {
  const tokenGuard = createGuard(token);
  return async (req) => {
    if (guard === undefined) return tokenGuard(req);
    return token !== undefined && tokenGuard(req) === undefined ? undefined : guard(req);
  };
}

/** Texts of any length become bytes of one, as the comparison needs. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
