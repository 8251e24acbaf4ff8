/** Who signs a cluster's tokens: an issuer with one key, which it tells whoever asks. */
import { generateKeyPairSync, sign } from 'node:crypto';
import { serve } from '../broker/knative-stage.ts';

const ISSUER = 'https://issuer.example';

export async function startIssuer(audience: string) {
  const key = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = { ...key.publicKey.export({ format: 'jwk' }), kid: 'k' };
  const { url, close } = await serve((_, res) => void res.end(JSON.stringify({ keys: [jwk] })));
  return {
    /** Demands its tokens. */
    oidc: { issuer: ISSUER, audience, subjects: undefined, keysUrl: url, tokenFile: undefined },
    tokenFor(aud: string): string {
      const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
      const claims = { iss: ISSUER, aud: [aud], exp: Date.now() / 1000 + 60 };
      const signed = `${encode({ alg: 'ES256', kid: 'k' })}.${encode(claims)}`;
      const signature = sign('sha256', Buffer.from(signed), { key: key.privateKey, dsaEncoding: 'ieee-p1363' });
      return `${signed}.${signature.toString('base64url')}`;
    },
    close,
  };
}
