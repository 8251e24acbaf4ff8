import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { createOidcGuard } from '../../src/broker/oidc/guard.ts';
import { createKeys } from '../../src/broker/oidc/keys.ts';
import { createLeapingClock } from '../support/leaping-clock.ts';
import { createQuietLog } from '../support/quiet.ts';
import { type Served, serve } from './knative-stage.ts';

const ISSUER = 'https://issuer.example';
const AUDIENCE = 'fairlead';
const NOW = Math.floor(Date.now() / 1000);
const CLAIMS = {
  iss: ISSUER,
  aud: [AUDIENCE],
  sub: 'system:serviceaccount:fairlead:trigger-1',
  exp: NOW + 3600,
  nbf: NOW - 5,
};

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const weak = generateKeyPairSync('rsa', { modulusLength: 1024 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const other = generateKeyPairSync('rsa', { modulusLength: 2048 });
const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' });

const jwk = (key: KeyObject, kid: string, more: object = {}) => ({ ...key.export({ format: 'jwk' }), kid, ...more });
const KEYS = [
  jwk(rsa.publicKey, 'r1', { use: 'sig', alg: 'RS256' }),
  jwk(ec.publicKey, 'e1'),
  jwk(weak.publicKey, 'weak'),
  jwk(p384.publicKey, 'p384'),
  jwk(other.publicKey, 'enc', { use: 'enc' }),
  jwk(other.publicKey, 'other-alg', { alg: 'RS512' }),
  { kty: 'oct', kid: 'secret', k: 'AAAA' },
  'no key at all',
];

interface Made {
  readonly claims?: object;
  readonly header?: object;
  readonly key?: KeyObject;
}

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

function token({ claims = {}, header = {}, key = rsa.privateKey }: Made = {}): string {
  const signed = `${encode({ alg: 'RS256', typ: 'JWT', kid: 'r1', ...header })}.${encode({ ...CLAIMS, ...claims })}`;
  const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}

const opened: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0)) await close();
});

interface Options {
  readonly answers?: (nth: number) => readonly [status: number, body: string];
  readonly subjects?: readonly string[];
  readonly tokenFile?: string;
}

async function open({ answers = () => [200, JSON.stringify({ keys: KEYS })], subjects, tokenFile }: Options = {}) {
  const asked: (string | undefined)[] = [];
  const issuer: Served = await serve((req, res) => {
    asked.push(req.headers.authorization);
    const [status, body] = answers(asked.length);
    res.writeHead(status, { 'content-type': 'application/json' }).end(body);
  });
  opened.push(issuer.close);
  const clock = createLeapingClock();
  const log = createQuietLog();
  const keys = createKeys({ clock, log }, { url: new URL(`${issuer.url}/openid/v1/jwks`), tokenFile });
  const guard = createOidcGuard({ keys, clock, log }, { issuer: ISSUER, audience: AUDIENCE, subjects });
  const ask = (authorization?: string) => guard({ headers: { authorization } } as IncomingMessage);
  return { asked, clock, log, send: (sent: string) => ask(`Bearer ${sent}`), ask };
}

const status = (problem: { readonly status: number } | undefined) => problem?.status ?? 'let in';

describe('a token lets in', () => {
  test.each<[string, Made]>([
    ['signed with RS256', {}],
    ['signed with ES256', { header: { alg: 'ES256', kid: 'e1' }, key: ec.privateKey }],
    ['whose audience is a text', { claims: { aud: AUDIENCE } }],
    ['for several audiences', { claims: { aud: ['other', AUDIENCE] } }],
    ['that ended within the skew of clocks', { claims: { exp: NOW - 30 } }],
    ['that begins within it', { claims: { nbf: NOW + 30 } }],
    ['without a beginning', { claims: { nbf: undefined } }],
  ])('%s', async (_, made) => {
    const { send } = await open();
    expect(status(await send(token(made)))).toBe('let in');
  });
});

const [head, body, signature] = token().split('.') as [string, string, string];

describe('whoever is refused hears the same, and the log why', () => {
  test.each<[string, string | undefined, RegExp]>([
    ['without a token', undefined, /there is none/],
    ['with another scheme', 'Basic abc', /there is none/],
    ['with what is no token', 'Bearer abc', /not one of RS256/],
    ['with a token without end', `Bearer ${'a'.repeat(20_000)}.b.c`, /not one of RS256/],
    ['with no signature', `Bearer ${head}.${body}.`, /not one of RS256/],
    ['with the algorithm none', `Bearer ${token({ header: { alg: 'none' } })}`, /not one of RS256/],
    ['with a secret for an algorithm of public keys', `Bearer ${token({ header: { alg: 'HS256' } })}`, /not one of/],
    ['with a key that is not named', `Bearer ${token({ header: { kid: undefined } })}`, /not one of RS256/],
    ['with an extension that has to be understood', `Bearer ${token({ header: { crit: ['b64'] } })}`, /not one of/],
    [
      'with other claims under the signature',
      `Bearer ${head}.${encode({ ...CLAIMS, sub: 'somebody' })}.${signature}`,
      /signature is wrong/,
    ],
    ['with the signature of another key', `Bearer ${token({ key: other.privateKey })}`, /signature is wrong/],
    ['with the algorithm of another key', `Bearer ${token({ header: { kid: 'e1' } })}`, /signature is wrong/],
    [
      'with a key of the issuer that is too short',
      `Bearer ${token({ header: { kid: 'weak' }, key: weak.privateKey })}`,
      /no such key/,
    ],
    [
      'with a key of the issuer for encryption',
      `Bearer ${token({ header: { kid: 'enc' }, key: other.privateKey })}`,
      /no such key/,
    ],
    [
      'with a key for another algorithm',
      `Bearer ${token({ header: { kid: 'other-alg' }, key: other.privateKey })}`,
      /no such key/,
    ],
    ['of another issuer', `Bearer ${token({ claims: { iss: `${ISSUER}/` } })}`, /another issuer/],
    ['for another audience', `Bearer ${token({ claims: { aud: ['other'] } })}`, /another audience/],
    ['for none', `Bearer ${token({ claims: { aud: undefined } })}`, /another audience/],
    ['too late', `Bearer ${token({ claims: { exp: NOW - 120 } })}`, /expired/],
    ['without an end', `Bearer ${token({ claims: { exp: undefined } })}`, /expired, or never does/],
    ['with an end that is a text', `Bearer ${token({ claims: { exp: `${NOW + 60}` } })}`, /expired, or never does/],
    ['too early', `Bearer ${token({ claims: { nbf: NOW + 120 } })}`, /not valid yet/],
    ['of a subject that may not', `Bearer ${token({ claims: { sub: 'system:serviceaccount:default:a' } })}`, /subject/],
    ['of no subject', `Bearer ${token({ claims: { sub: undefined } })}`, /subject/],
  ])('%s', async (_, authorization, reason) => {
    const { ask, log } = await open({ subjects: ['system:serviceaccount:fairlead:*', 'somebody'] });
    expect(await ask(authorization)).toEqual({
      status: 401,
      detail: 'Send a token of the cluster for the audience of this service as “Authorization: Bearer …”.',
      headers: { 'www-authenticate': 'Bearer' },
    });
    expect(log.lines.at(-1)).toMatchObject({ fields: { reason: expect.stringMatching(reason) } });
    expect(JSON.stringify(log.lines)).not.toContain(signature);
  });

  test('whatever is changed in a good token, and whatever is sent in its place', async () => {
    const { send } = await open();
    const good = token();
    const letters = fc.constantFrom(...'ABCabc019-_.=%');
    const changed = fc
      .tuple(fc.nat({ max: good.length - 2 }), letters)
      .map(([at, letter]) => good.slice(0, at) + letter + good.slice(at + 1))
      .filter((text) => text !== good);
    await fc.assert(
      fc.asyncProperty(fc.oneof(changed, fc.string(), fc.stringMatching(/^[\w.-]*$/)), async (sent) => {
        // A key that is named and not known may be new.
        expect([401, 503]).toContain(status(await send(sent)));
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    ['system:serviceaccount:fairlead:trigger-1', 'let in'],
    ['somebody', 'let in'],
    ['somebody else', 401],
  ])('a subject is a whole name, or its beginning before the star: %s', async (sub, expected) => {
    const { send } = await open({ subjects: ['system:serviceaccount:fairlead:*', 'somebody'] });
    expect(status(await send(token({ claims: { sub } })))).toBe(expected);
  });
});

describe('the keys of the issuer', () => {
  test('are fetched once for many tokens, those that come at once included', async () => {
    const { send, asked } = await open();
    await Promise.all(Array.from({ length: 5 }, () => send(token())));
    await send(token({ header: { alg: 'ES256', kid: 'e1' }, key: ec.privateKey }));
    expect(asked).toHaveLength(1);
  });

  test('are not fetched for a token that would be refused in any case', async () => {
    const { send, asked } = await open();
    await send(token({ claims: { iss: 'https://other.example' } }));
    expect(asked).toHaveLength(0);
  });

  const rotated = JSON.stringify({ keys: [...KEYS, jwk(other.publicKey, 'r2')] });
  const next = token({ header: { kid: 'r2' }, key: other.privateKey });

  test('are fetched again for a key that is not among them, but not for each such token, whose sender is asked to come again', async () => {
    const { send, asked, clock } = await open({
      answers: (nth) => [200, nth === 1 ? JSON.stringify({ keys: KEYS }) : rotated],
    });
    await send(token());
    expect(await send(next)).toMatchObject({ status: 503, code: 'oidc.unavailable', retryAfter: 5 });
    expect(asked).toHaveLength(1);
    clock.leap(6_000);
    expect(status(await send(next))).toBe('let in');
    for (const kid of ['x', 'y', 'z']) expect(status(await send(token({ header: { kid } })))).toBe(503);
    expect(asked).toHaveLength(2);
    clock.leap(6_000);
    expect(status(await send(token({ header: { kid: 'x' } })))).toBe(401);
    expect(asked).toHaveLength(3);
  });

  test('that cannot be fetched again refuse no token of a new key for good', async () => {
    const { send, asked, clock } = await open({
      answers: (nth) => (nth === 2 ? [500, ''] : [200, nth === 1 ? JSON.stringify({ keys: KEYS }) : rotated]),
    });
    await send(token());
    clock.leap(6_000);
    expect(status(await send(next))).toBe(503);
    expect(status(await send(token()))).toBe('let in');
    clock.leap(6_000);
    expect(status(await send(next))).toBe('let in');
    expect(asked).toHaveLength(3);
  });

  test('are fetched again when they are old, while nobody waits; the old ones are good as long as there are no others', async () => {
    const { send, asked, clock } = await open({
      answers: (nth) => (nth === 1 ? [200, JSON.stringify({ keys: KEYS })] : [500, '']),
    });
    await send(token());
    clock.leap(11 * 60_000);
    expect(status(await send(token({ claims: { exp: NOW + 7200 } })))).toBe('let in');
    await expect.poll(() => asked.length).toBe(2);
    clock.leap(11 * 60_000);
    expect(status(await send(token({ claims: { exp: NOW + 7200 } })))).toBe('let in');
  });

  test.each<[string, readonly [number, string]]>([
    ['an error', [503, '']],
    ['something else than JSON', [200, '<html>']],
    ['no set of keys', [200, '{}']],
    ['no key that can be used', [200, JSON.stringify({ keys: KEYS.slice(2) })]],
    ['more than keys can be', [200, JSON.stringify({ keys: KEYS, padding: 'x'.repeat(300_000) })]],
    ['a redirect', [302, '']],
  ])('that cannot be had, the issuer answering %s, let nobody in, who is asked to come again', async (_, answer) => {
    const { send, asked, clock } = await open({
      answers: (nth) => (nth === 1 ? answer : [200, JSON.stringify({ keys: KEYS })]),
    });
    expect(await send(token())).toMatchObject({ status: 503, code: 'oidc.unavailable', retryAfter: 5 });
    expect(status(await send(token()))).toBe(503);
    expect(asked).toHaveLength(1);
    clock.leap(6_000);
    expect(status(await send(token()))).toBe('let in');
  });

  test('are asked for with the token of a file, as it is at the time', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'fairlead-oidc-'));
    opened.push(() => rmSync(folder, { recursive: true }));
    const tokenFile = join(folder, 'token');
    writeFileSync(tokenFile, 'first\n');
    const { send, asked, clock } = await open({ tokenFile });
    await send(token());
    writeFileSync(tokenFile, 'second\n');
    clock.leap(6_000);
    await send(token({ header: { kid: 'unknown' } }));
    expect(asked).toEqual(['Bearer first', 'Bearer second']);
  });
});
