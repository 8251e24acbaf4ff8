/**
 * Lets in who brings a token that the cluster signed for this audience, as Knative sends with each event where its
 * `authentication-oidc` feature is on. Whoever is refused hears the same, whatever was wrong; the log has the reason.
 *
 * @see https://knative.dev/docs/eventing/features/sender-identity/
 */
import type { IncomingMessage } from 'node:http';
import { FairleadError } from '../../events/fairlead-error.ts';
import type { Problem } from '../../events/problem.ts';
import type { Clock } from '../../observe/clock.ts';
import type { Logger } from '../../observe/log.ts';
import type { Keys } from './keys.ts';
import { claimProblem, type Expectation, isSignedBy, parseToken } from './token.ts';

/** Why a request may not enter, undefined when it may. */
export type EventGuard = (req: Pick<IncomingMessage, 'headers' | 'url'>) => Promise<Problem | undefined>;

const REFUSED: Problem = {
  status: 401,
  detail: 'Send a token of the cluster for the audience of this service as “Authorization: Bearer …”.',
  headers: { 'www-authenticate': 'Bearer' },
};

export function createOidcGuard(
  { keys, clock, log }: { readonly keys: Keys; readonly clock: Clock; readonly log: Logger },
  expected: Expectation,
): EventGuard {
  return async (req) => {
    try {
      const problem = await problemOf(req.headers.authorization);
      if (problem === undefined) return undefined;
      log.warn({ reason: problem, path: req.url?.slice(0, 200) }, 'a sender of events refused: no valid token');
      return REFUSED;
    } catch (error) {
      if (!(error instanceof FairleadError)) throw error;
      const { code, message: detail, retryAfter = 0 } = error;
      return { status: 503, code, detail, retryAfter: Math.ceil(retryAfter / 1000) };
    }
  };

  async function problemOf(authorization: string | undefined): Promise<string | undefined> {
    const given = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
    if (given === undefined) return 'there is none';
    const token = parseToken(given);
    if (token === undefined) return 'it is not one of RS256 or ES256 that names its key';
    // Before the signature, so that a token of somebody else's makes nobody fetch keys.
    const problem = claimProblem(token, expected, clock.now());
    if (problem !== undefined) return problem;
    const key = await keys.find(token.keyId);
    if (key === undefined) return 'the issuer has no such key';
    return isSignedBy(key, token) ? undefined : 'its signature is wrong';
  }
}
