/**
 * A signed token (JWT) held to what its receiver expects: who issued it, whom it is for, when it is valid, and that one of
 * the issuer's keys signed it. RS256 and ES256, which is what clusters sign with; nothing that a token says of itself
 * chooses anything beyond which key to check it with. Pure.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7519#section-7.2
 * @see https://www.rfc-editor.org/rfc/rfc8725
 */
import { createPublicKey, type JsonWebKey, type KeyObject, verify } from 'node:crypto';

export type Algorithm = 'RS256' | 'ES256';

/** A key of the issuer's, for the one algorithm that it may be used with. */
export interface SigningKey {
  readonly id: string;
  readonly algorithm: Algorithm;
  readonly key: KeyObject;
}

export interface Expectation {
  readonly issuer: string;
  readonly audience: string;
  /** Who may send; one that ends in `*` stands for all that begin so. Undefined: whoever the issuer knows. */
  readonly subjects: readonly string[] | undefined;
}

export interface ParsedToken {
  readonly keyId: string;
  readonly algorithm: Algorithm;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly signed: string;
  readonly signature: Buffer;
}

/** A token longer than this is no cluster's; reading it would only cost time. */
const LONGEST = 16_384;
const SHORTEST_RSA = 2048;
/** How far two clocks may be apart, milliseconds. */
const SKEW_MS = 60_000;

/** What the token says, nothing of it checked; undefined when it is no token that could be. */
export function parseToken(token: string): ParsedToken | undefined {
  if (token.length > LONGEST) return undefined;
  const [, head, body, signature] = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/.exec(token) ?? [];
  if (head === undefined || body === undefined || signature === undefined) return undefined;
  const header = toObject(head);
  const claims = toObject(body);
  const algorithm = header?.alg;
  if (claims === undefined || (algorithm !== 'RS256' && algorithm !== 'ES256')) return undefined;
  // Extensions that a reader must understand: we understand none.
  if (typeof header?.kid !== 'string' || 'crit' in header) return undefined;
  return {
    keyId: header.kid,
    algorithm,
    claims,
    signed: `${head}.${body}`,
    signature: Buffer.from(signature, 'base64url'),
  };
}

/** Whether the key signed the token. A key is used with its own algorithm, whichever the token names. */
export function isSignedBy({ algorithm, key }: SigningKey, token: ParsedToken): boolean {
  if (token.algorithm !== algorithm) return false;
  return verify('sha256', Buffer.from(token.signed), { key, dsaEncoding: 'ieee-p1363' }, token.signature);
}

/** What is wrong with the claims, undefined when nothing is. For a log, not for the sender. */
export function claimProblem({ claims }: ParsedToken, expected: Expectation, now: number): string | undefined {
  const { iss, aud, exp, nbf, sub } = claims;
  if (iss !== expected.issuer) return 'it is of another issuer';
  if (!(Array.isArray(aud) ? aud : [aud]).includes(expected.audience)) return 'it is for another audience';
  if (typeof exp !== 'number' || exp * 1000 + SKEW_MS <= now) return 'it has expired, or never does';
  if (nbf !== undefined && !(typeof nbf === 'number' && nbf * 1000 - SKEW_MS <= now)) return 'it is not valid yet';
  if (expected.subjects !== undefined && !isAmong(sub, expected.subjects)) return 'its subject may not send events';
  return undefined;
}

function isAmong(subject: unknown, subjects: readonly string[]): boolean {
  if (typeof subject !== 'string') return false;
  return subjects.some((each) => (each.endsWith('*') ? subject.startsWith(each.slice(0, -1)) : subject === each));
}

/** A published key (JWK) that may be used to check signatures; undefined where it is for something else, or weak. */
export function toSigningKey(jwk: unknown): SigningKey | undefined {
  if (typeof jwk !== 'object' || jwk === null) return undefined;
  const { kty, kid, use, alg, crv } = jwk as Readonly<Record<string, unknown>>;
  const algorithm = kty === 'RSA' ? 'RS256' : kty === 'EC' && crv === 'P-256' ? 'ES256' : undefined;
  if (algorithm === undefined || typeof kid !== 'string') return undefined;
  if ((use ?? 'sig') !== 'sig' || (alg ?? algorithm) !== algorithm) return undefined;
  try {
    const key = createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' });
    const { modulusLength = SHORTEST_RSA } = key.asymmetricKeyDetails ?? {};
    return modulusLength < SHORTEST_RSA ? undefined : { id: kid, algorithm, key };
  } catch {
    return undefined;
  }
}

function toObject(base64url: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(base64url, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}
