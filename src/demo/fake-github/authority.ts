import { randomBytes, verify } from 'node:crypto';
import { type Answer, refusal } from './answer.ts';
import type { Caller } from './call.ts';
import type { Token, World } from './world.ts';

/** GitHub refuses a JWT that is valid for longer than this. */
const LONGEST_JWT_SECONDS = 600;
/** Clock drift that is let pass. */
const LEEWAY_SECONDS = 60;

/** Who a request comes from, by its `Authorization` header: the App by JWT, an installation by token. */
export function callerOf(world: World, authorization: string | undefined): Caller {
  const [, scheme, credential] = /^(bearer|token)\s+(\S+)$/i.exec(authorization ?? '') ?? [];
  if (scheme === undefined || credential === undefined) {
    return nobody(refusal(401, authorization === undefined ? 'Requires authentication' : 'Bad credentials'));
  }
  if (credential.split('.').length === 3) {
    const problem = problemOfJwt(world, credential);
    return problem === undefined ? { kind: 'app' } : nobody(refusal(401, problem));
  }
  const token = world.tokens.get(credential);
  const installation = token && world.installations.get(token.installation);
  if (!installation || token.expiresAt <= world.now()) return nobody(refusal(401, 'Bad credentials'));
  return { kind: 'installation', installation };
}

export function issueToken(world: World, installation: number, lifetimeMs: number): { readonly text: string } & Token {
  const text = `ghs_${randomBytes(18).toString('hex')}`;
  const token: Token = { installation, expiresAt: world.now() + lifetimeMs };
  world.tokens.set(text, token);
  return { text, ...token };
}

function nobody(answer: Answer): Caller {
  return { kind: 'nobody', refusal: answer };
}

function problemOfJwt(world: World, jwt: string): string | undefined {
  const [header, claims, signature] = jwt.split('.') as [string, string, string];
  const signed = verify(
    'RSA-SHA256',
    Buffer.from(`${header}.${claims}`),
    world.app.publicKey,
    Buffer.from(signature, 'base64url'),
  );
  if (!signed) return 'A JSON web token could not be decoded';
  const { iss, iat, exp } = JSON.parse(Buffer.from(claims, 'base64url').toString('utf8')) as Record<string, unknown>;
  const now = world.now() / 1000;
  if (String(iss) !== String(world.app.id)) return 'Integration not found';
  if (typeof exp !== 'number') return "Missing 'expiration time' claim ('exp') in assertion";
  if (exp <= now - LEEWAY_SECONDS)
    return "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires";
  if (exp > now + LONGEST_JWT_SECONDS + LEEWAY_SECONDS)
    return "'Expiration time' claim ('exp') is too far in the future";
  if (typeof iat !== 'number' || iat > now + LEEWAY_SECONDS)
    return "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued";
  return undefined;
}
