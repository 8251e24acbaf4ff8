import { describe, expect, test } from 'vitest';
import { runCli } from '../../src/cli/cli.ts';
import { type Role, readConfig, readServiceConfig } from '../../src/config.ts';
import { PRIVATE_KEY } from '../support/private-key.ts';
import { createContext } from './context.ts';

const TOKEN = 'a-token-of-16-characters';
const ALL = {
  APP_ID: '1',
  PRIVATE_KEY,
  WEBHOOK_SECRET: 'secret',
  DATABASE_URL: 'postgres://fairlead@db/fairlead',
  K_SINK: 'http://broker-ingress.knative-eventing.svc.cluster.local/fairlead/fairlead',
  FAIRLEAD_FUNCTIONS_URL: 'http://functions.fairlead.svc.cluster.local',
  FAIRLEAD_INTERNAL_TOKEN: TOKEN,
};

describe('the configuration of a service', () => {
  test.each<[Role, readonly string[]]>([
    ['source', ['APP_ID', 'PRIVATE_KEY', 'WEBHOOK_SECRET', 'K_SINK', 'DATABASE_URL']],
    ['runner', ['K_SINK', 'DATABASE_URL', 'FAIRLEAD_FUNCTIONS_URL', 'FAIRLEAD_INTERNAL_TOKEN']],
    ['functions', ['APP_ID', 'PRIVATE_KEY', 'DATABASE_URL', 'FAIRLEAD_INTERNAL_TOKEN']],
    ['notifier', ['DATABASE_URL']],
  ])('%s asks for what it needs, all at once, and for nothing else', (role, needed) => {
    let told = '';
    try {
      readServiceConfig({}, role);
    } catch (error) {
      told = (error as Error).message;
    }
    const missing = [...told.matchAll(/- (\w+) is not set/g)].map(([, name]) => name);
    expect(missing.sort()).toEqual([...needed].sort());
    const given = Object.fromEntries(Object.entries(ALL).filter(([name]) => needed.includes(name)));
    expect(readServiceConfig(given, role).storePath).toBe(ALL.DATABASE_URL);
  });

  describe('asks for tokens of the cluster', () => {
    const OIDC = { ...ALL, FAIRLEAD_OIDC_AUDIENCE: 'fairlead' };

    test('where an audience is set, of the issuer that clusters have by default', () => {
      expect(readServiceConfig(ALL, 'runner').oidc).toBeUndefined();
      expect(readServiceConfig(OIDC, 'runner').oidc).toEqual({
        issuer: 'https://kubernetes.default.svc.cluster.local',
        audience: 'fairlead',
        subjects: undefined,
        keysUrl: 'https://kubernetes.default.svc.cluster.local/openid/v1/jwks',
        tokenFile: undefined,
      });
    });

    test('by the internal port of the whole bot too, which may then be beyond loopback', () => {
      const { FAIRLEAD_INTERNAL_TOKEN: _, ...open } = { ...ALL, FAIRLEAD_INTERNAL_HOST: '0.0.0.0' };
      const guarded = { ...open, FAIRLEAD_OIDC_AUDIENCE: 'fairlead' };
      expect(() => readConfig(open)).toThrow(/neither FAIRLEAD_INTERNAL_TOKEN nor FAIRLEAD_OIDC_AUDIENCE is set/);
      expect(readConfig(guarded)).toMatchObject({ http: { internalHost: '0.0.0.0' }, oidc: { audience: 'fairlead' } });
      expect(readConfig({ ...ALL, FAIRLEAD_INTERNAL_HOST: '0.0.0.0' }).oidc).toBeUndefined();
    });

    test('as the settings say', () => {
      const given = {
        ...OIDC,
        FAIRLEAD_OIDC_ISSUER: 'https://issuer.example/',
        FAIRLEAD_OIDC_SUBJECTS: 'system:serviceaccount:fairlead:*, somebody',
        FAIRLEAD_OIDC_TOKEN_FILE: import.meta.filename,
        FAIRLEAD_SINK_TOKEN_FILE: '/oidc/token',
      };
      expect(readServiceConfig(given, 'runner')).toMatchObject({
        oidc: {
          issuer: 'https://issuer.example/',
          subjects: ['system:serviceaccount:fairlead:*', 'somebody'],
          keysUrl: 'https://issuer.example/openid/v1/jwks',
        },
        sinkTokenFile: '/oidc/token',
      });
    });

    test.each<[string, Record<string, string>, RegExp]>([
      [
        'a setting that would check nothing',
        { ...ALL, FAIRLEAD_OIDC_SUBJECTS: 'a' },
        /FAIRLEAD_OIDC_AUDIENCE is not set/,
      ],
      ['a file that is not there', { ...OIDC, FAIRLEAD_OIDC_TOKEN_FILE: '/nowhere' }, /\/nowhere, which is not there/],
      ['a star in the middle', { ...OIDC, FAIRLEAD_OIDC_SUBJECTS: 'a*b' }, /FAIRLEAD_OIDC_SUBJECTS is “a\*b”/],
      [
        'keys that are no URL',
        { ...OIDC, FAIRLEAD_OIDC_KEYS_URL: 'keys.json' },
        /FAIRLEAD_OIDC_KEYS_URL is “keys.json”/,
      ],
    ])('and refuses to start over %s', (_, environment, message) => {
      expect(() => readServiceConfig(environment, 'runner')).toThrow(message);
    });
  });

  test('the platform’s overrides are read', () => {
    const overrides = '{"extensions":{"cluster":"eu","stage":"prod"}}';
    expect(readServiceConfig({ ...ALL, K_CE_OVERRIDES: overrides }, 'source').overrides).toEqual({
      cluster: 'eu',
      stage: 'prod',
    });
  });

  test.each([
    ['not JSON', '{'],
    ['no object', '7'],
    ['a name that no attribute has', '{"extensions":{"Not-A-Name":"x"}}'],
    ['an attribute that makes the event the one it is', '{"extensions":{"id":"x"}}'],
    ['a value that is no text', '{"extensions":{"cluster":7}}'],
  ])('overrides that are %s are refused with how to fix them', (_, text) => {
    expect(() => readServiceConfig({ ...ALL, K_CE_OVERRIDES: text }, 'source')).toThrow(
      /K_CE_OVERRIDES is not usable\. Use a JSON object/,
    );
  });

  test('a malformed database URL is told without the password in it', () => {
    const read = () => readServiceConfig({ ...ALL, DATABASE_URL: 'mysql://root:hunter2@db' }, 'source');
    expect(read).toThrow(/DATABASE_URL is malformed/);
    expect(read).not.toThrow(/hunter2/);
  });

  test('a store that is set by name goes before the database of the environment', () => {
    expect(readServiceConfig({ ...ALL, FAIRLEAD_STORE: 'postgres://other@db/x' }, 'source').storePath).toBe(
      'postgres://other@db/x',
    );
  });
});

describe('fairlead start', () => {
  test('starts the role that is asked for, and stops it when told to', async () => {
    const seen: string[] = [];
    const context = createContext(ALL, {
      startService: async ({ functionsUrl }, role) => {
        seen.push(`${role} ${functionsUrl}`);
        return { stop: async () => void seen.push('stopped') };
      },
    });
    expect(await runCli(['start', '--role', 'runner'], context)).toBe(0);
    expect(seen).toEqual([`runner ${ALL.FAIRLEAD_FUNCTIONS_URL}`, 'stopped']);
  });

  test('ends with a failure where the role can never do its work', async () => {
    const failed = Promise.reject(new Error('the table is missing'));
    failed.catch(() => {});
    const context = createContext(ALL, {
      startService: async () => ({ stop: async () => {}, failed }),
      untilStopped: () => new Promise(() => {}),
    });
    expect(await runCli(['start', '--role', 'runner'], context)).toBe(1);
    expect(context.stderr.text()).toContain('the table is missing');
  });

  test('says which roles there are', async () => {
    const context = createContext(ALL);
    expect(await runCli(['start', '--role', 'cook'], context)).toBe(2);
    expect(context.stderr.text()).toContain('There is no role “cook”. There are: source, runner, functions, notifier.');
  });
});
