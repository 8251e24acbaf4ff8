import { existsSync, readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { FairleadError } from './events/fairlead-error.ts';
import { type OidcConfig, toOidcConfig } from './oidc-config.ts';
import { toPrivateKey } from './private-key.ts';
import { SETTINGS, type Setting } from './settings.ts';

/**
 * All that the outside decides, read once: the only reader of `process.env`. Frozen; secrets are in here and nowhere in a
 * log. {@link SETTINGS} is the table of every variable, from which `docs/reference/configuration.md` is generated.
 */
export interface Config {
  readonly github: {
    readonly appId: string;
    /** PEM. */
    readonly privateKey: string;
    /** The current secret first, then those still accepted while it is being rotated. Never empty. */
    readonly webhookSecrets: readonly string[];
    readonly apiUrl: string;
    readonly botLogin: string | undefined;
  };
  readonly http: {
    readonly host: string;
    readonly port: number;
    readonly webhookPath: string;
    readonly internalHost: string;
    readonly internalPort: number;
    readonly internalToken: string | undefined;
  };
  readonly storePath: string;
  readonly workflowsPath: string;
  readonly channelsPath: string | undefined;
  readonly eventConvention: 'knative' | 'github';
  /** Which lifecycle events of workflow runs are published. */
  readonly lifecycleEvents: 'off' | 'required' | 'all';
  readonly checkRuns: boolean;
  /** Nothing is written to GitHub but check runs; `announced`: chats are told what would have been done. */
  readonly dryRun: 'off' | 'silent' | 'announced';
  /** Between 0 and 1, of each installation's calls to GitHub in an hour. */
  readonly rateShare: number;
  readonly logLevel: string;
  readonly drainMs: number;
  /** How long a run is kept after its end, milliseconds; 0: for good. */
  readonly keepRunsMs: number;
  /** Whose tokens incoming events must bring; undefined where nobody need bring one. */
  readonly oidc: OidcConfig | undefined;
  /** Reads what a channel's `{ env }` or `{ file }` names. */
  readonly secrets: SecretReader;
}

/** What a process of a cluster does. */
export type Role = 'source' | 'runner' | 'functions' | 'notifier';

/** The configuration of one service. What its role does not use is empty. */
export interface ServiceConfig extends Config {
  /** Where events are published. */
  readonly sink: string;
  readonly overrides: Readonly<Record<string, string>>;
  readonly functionsUrl: string;
  /** The function that is served alone. */
  readonly operation: string | undefined;
  readonly holdMs: number;
  readonly acceptEvents: boolean;
  /** Holds the token that goes with each event to the sink. */
  readonly sinkTokenFile: string | undefined;
}

/** What each role cannot do without. */
const NEEDS = {
  source: ['APP_ID', 'PRIVATE_KEY', 'WEBHOOK_SECRET', 'K_SINK', 'DATABASE_URL'],
  runner: ['K_SINK', 'DATABASE_URL', 'FAIRLEAD_FUNCTIONS_URL', 'FAIRLEAD_INTERNAL_TOKEN'],
  functions: ['APP_ID', 'PRIVATE_KEY', 'DATABASE_URL', 'FAIRLEAD_INTERNAL_TOKEN'],
  notifier: ['DATABASE_URL'],
} as const satisfies Record<Role, readonly (keyof typeof SETTINGS)[]>;

const DAY_MS = 24 * 60 * 60 * 1000;

/** Attributes that make an event the one it is; extensions alone may be overridden. */
const CORE: ReadonlySet<string> = new Set(['specversion', 'id', 'source', 'type', 'data']);

const DRY_RUN: Readonly<Record<string, Config['dryRun']>> = { true: 'silent', announce: 'announced' };

/** What Probot takes for a secret where none is set, so that whoever has read its source can sign with it. */
const WELL_KNOWN = 'development';

const EMBEDDED_NEEDS = ['APP_ID', 'PRIVATE_KEY', 'WEBHOOK_SECRET'] as const;

export interface SecretReader {
  env(name: string): string | undefined;
  file(path: string): string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** What a command needs to know that does not start the bot: where the store and the workflows are, where the bot listens. */
export type LocalConfig = Pick<
  Config,
  'http' | 'storePath' | 'workflowsPath' | 'channelsPath' | 'logLevel' | 'secrets'
> & {
  readonly webhookSecret: string | undefined;
};

type Values = { readonly [Name in keyof typeof SETTINGS]: string | undefined };

/** The environment as the process was given it, without what `.env` says: for who must not fail over that. */
export function ownEnvironment(): Environment {
  return process.env;
}

/**
 * Merges `.env` of the working directory (what the App setup writes) below the real environment.
 * @throws FairleadError `config.invalid` when there is one that cannot be read
 */
export function readEnvironment(): Environment {
  try {
    process.loadEnvFile();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      // Of a folder Node says that an argument has the wrong type, which is nobody's business here.
      throw new FairleadError(
        'config.invalid',
        `.env in ${process.cwd()} cannot be read. Make it a file that this process may read, or remove it.`,
        { cause: error },
      );
    }
  }
  return process.env;
}

/**
 * The whole configuration of a bot that is to run.
 * @throws FairleadError `config.invalid`, naming every setting that is missing or malformed and how to fix it
 */
export function readConfig(environment: Environment): Config {
  const problems: string[] = [];
  const config = toConfig(environment, EMBEDDED_NEEDS, problems);
  if (problems.length > 0) throw invalid(problems);
  return deepFreeze(config);
}

/**
 * The configuration of a service of a cluster.
 * @throws FairleadError `config.invalid`, naming every setting that its role needs and that is missing or malformed
 */
export function readServiceConfig(environment: Environment, role: Role): ServiceConfig {
  const problems: string[] = [];
  const config = toConfig(environment, NEEDS[role], problems);
  const values = readValues(environment, []);
  const overrides = toOverrides(values.K_CE_OVERRIDES, problems);
  if (problems.length > 0) throw invalid(problems);
  return deepFreeze({
    ...config,
    sink: values.K_SINK ?? '',
    overrides,
    functionsUrl: values.FAIRLEAD_FUNCTIONS_URL ?? '',
    operation: values.FAIRLEAD_FUNCTION,
    holdMs: Number(values.FAIRLEAD_HOLD_SECONDS) * 1000,
    acceptEvents: values.FAIRLEAD_ACCEPT_EVENTS === 'true',
    sinkTokenFile: values.FAIRLEAD_SINK_TOKEN_FILE,
  });
}

function toConfig(environment: Environment, needs: readonly (keyof typeof SETTINGS)[], problems: string[]): Config {
  const values = readValues(environment, problems);
  const webhookSecret = secretOf(values.WEBHOOK_SECRET, values.WEBHOOK_SECRET_FILE, 'WEBHOOK_SECRET_FILE', problems);
  const given = {
    ...values,
    WEBHOOK_SECRET: values.WEBHOOK_SECRET ?? values.WEBHOOK_SECRET_FILE,
    PRIVATE_KEY: values.PRIVATE_KEY ?? values.PRIVATE_KEY_PATH,
  };
  for (const name of needs) {
    if (given[name] === undefined) problems.push(`${name} is not set. ${SETTINGS[name].fix}`);
  }
  return {
    ...toLocal(values, environment, webhookSecret, problems),
    github: {
      appId: values.APP_ID ?? '',
      privateKey: needs.includes('PRIVATE_KEY') ? privateKeyOf(values, problems) : '',
      webhookSecrets: acceptedSecrets(values, webhookSecret, problems),
      apiUrl: values.GITHUB_API_URL as string,
      botLogin: values.FAIRLEAD_BOT_LOGIN,
    },
    eventConvention: values.FAIRLEAD_EVENT_TYPES as Config['eventConvention'],
    lifecycleEvents: values.FAIRLEAD_LIFECYCLE_EVENTS as Config['lifecycleEvents'],
    checkRuns: values.FAIRLEAD_CHECK_RUNS === 'true',
    dryRun: DRY_RUN[values.FAIRLEAD_DRY_RUN ?? ''] ?? 'off',
    rateShare: Number(values.FAIRLEAD_RATE_SHARE) / 100,
    drainMs: Number(values.FAIRLEAD_DRAIN_SECONDS) * 1000,
    keepRunsMs: Number(values.FAIRLEAD_KEEP_RUNS_DAYS) * DAY_MS,
    oidc: toOidcConfig(values, problems),
  };
}

/** The part of the configuration that commands beside a running bot need; no credential is demanded. */
export function readLocalConfig(environment: Environment): LocalConfig {
  const problems: string[] = [];
  const values = readValues(environment, problems);
  const webhookSecret = secretOf(values.WEBHOOK_SECRET, values.WEBHOOK_SECRET_FILE, 'WEBHOOK_SECRET_FILE', problems);
  const local = toLocal(values, environment, webhookSecret, problems);
  if (problems.length > 0) throw invalid(problems);
  return deepFreeze(local);
}

function toLocal(
  values: Values,
  environment: Environment,
  webhookSecret: string | undefined,
  problems: string[],
): LocalConfig {
  const internalHost = values.FAIRLEAD_INTERNAL_HOST as string;
  const isGuarded = (values.FAIRLEAD_INTERNAL_TOKEN ?? values.FAIRLEAD_OIDC_AUDIENCE) !== undefined;
  if (!isLoopback(internalHost) && !isGuarded) {
    problems.push(
      `FAIRLEAD_INTERNAL_HOST is ${internalHost}, beyond loopback, and neither FAIRLEAD_INTERNAL_TOKEN nor FAIRLEAD_OIDC_AUDIENCE is set. ` +
        'Set a token that callers send as “Authorization: Bearer …”, or the audience of the tokens that the cluster gives ' +
        'them, or keep 127.0.0.1.',
    );
  }
  return {
    http: {
      host: values.HOST as string,
      port: Number(values.PORT),
      webhookPath: values.WEBHOOK_PATH as string,
      internalHost,
      internalPort: Number(values.FAIRLEAD_INTERNAL_PORT),
      internalToken: values.FAIRLEAD_INTERNAL_TOKEN,
    },
    storePath: isSet(environment.FAIRLEAD_STORE)
      ? (values.FAIRLEAD_STORE as string)
      : (values.DATABASE_URL ?? (values.FAIRLEAD_STORE as string)),
    workflowsPath: isSet(environment.FAIRLEAD_WORKFLOWS)
      ? (values.FAIRLEAD_WORKFLOWS as string)
      : ownOrShipped(values.FAIRLEAD_WORKFLOWS as string),
    channelsPath: values.FAIRLEAD_CHANNELS,
    logLevel: values.LOG_LEVEL as string,
    webhookSecret,
    secrets: { env: (name) => environment[name], file: (path) => readFileSync(path, 'utf8').trim() },
  };
}

function readValues(environment: Environment, problems: string[]): Values {
  const values: Record<string, string | undefined> = {};
  for (const [name, setting] of Object.entries(SETTINGS) as [string, Setting][]) {
    const raw = environment[name]?.trim();
    const value = raw === undefined || raw === '' ? setting.default : raw;
    if (value !== undefined && setting.accepts && !setting.accepts.test(value)) {
      problems.push(`${name} ${setting.secret ? 'is malformed' : `is “${value}”`}. ${setting.fix}`);
    }
    values[name] = value;
  }
  return values as Values;
}

/** A secret given in place or by the path of a file that holds it. An empty one would let everybody sign. */
function secretOf(
  value: string | undefined,
  path: string | undefined,
  pathName: 'WEBHOOK_SECRET_FILE' | 'PRIVATE_KEY_PATH',
  problems: string[],
): string | undefined {
  if (value !== undefined || path === undefined) return value;
  const { fix } = SETTINGS[pathName];
  try {
    const text = readFileSync(path, 'utf8').trim();
    if (text !== '') return text;
    problems.push(`${pathName} names ${path}, which is empty. ${fix}`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    problems.push(`${pathName} names ${path}, which cannot be read (${code}). ${fix}`);
  }
  return undefined;
}

/** The secrets that a webhook may be signed with; one that everybody knows is a problem, whichever it is. */
function acceptedSecrets(values: Values, current: string | undefined, problems: string[]): readonly string[] {
  const further = listOf(values.WEBHOOK_SECRETS_ACCEPTED);
  if (current === WELL_KNOWN) {
    problems.push(`WEBHOOK_SECRET is the well-known word “${WELL_KNOWN}”. ${SETTINGS.WEBHOOK_SECRET.fix}`);
  }
  if (further.includes(WELL_KNOWN)) {
    const { fix } = SETTINGS.WEBHOOK_SECRETS_ACCEPTED;
    problems.push(`WEBHOOK_SECRETS_ACCEPTED holds the well-known word “${WELL_KNOWN}”. ${fix}`);
  }
  return current === undefined ? further : [current, ...further];
}

/** The key in the PEM that signs, or one problem more. */
function privateKeyOf(values: Values, problems: string[]): string {
  const { PRIVATE_KEY: inPlace, PRIVATE_KEY_PATH: path } = values;
  const text = secretOf(inPlace, path, 'PRIVATE_KEY_PATH', problems);
  const key = text === undefined ? undefined : toPrivateKey(text);
  if (text !== undefined && key === undefined) {
    const place = inPlace === undefined ? `PRIVATE_KEY_PATH names ${path}, which` : 'PRIVATE_KEY';
    problems.push(`${place} holds no RSA private key, neither as PEM nor as base64 of it. ${SETTINGS.PRIVATE_KEY.fix}`);
  }
  return key ?? '';
}

/** @see https://knative.dev/docs/eventing/custom-event-source/sinkbinding/ */
function toOverrides(text: string | undefined, problems: string[]): Readonly<Record<string, string>> {
  if (text === undefined) return {};
  try {
    const value = JSON.parse(text) as { readonly extensions?: Readonly<Record<string, string>> };
    const { extensions = {} } = value;
    const isUsable =
      typeof value === 'object' &&
      Object.entries(extensions).every(
        ([name, value]) => /^[a-z0-9]+$/.test(name) && !CORE.has(name) && typeof value === 'string' && value !== '',
      );
    if (isUsable) return extensions;
  } catch {
    // Told with the others below.
  }
  problems.push(`K_CE_OVERRIDES is not usable. ${SETTINGS.K_CE_OVERRIDES.fix}`);
  return {};
}

/** The default folder where the operator made one, else the workflows that come with the package. */
function ownOrShipped(folder: string): string {
  if (existsSync(resolve(folder))) return folder;
  const manifest = findPackageJSON('..', import.meta.filename);
  return manifest === undefined ? folder : join(dirname(manifest), 'workflows');
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value.trim() !== '';
}

function listOf(value: string | undefined): readonly string[] {
  return (value ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

function invalid(problems: readonly string[]): FairleadError {
  return new FairleadError(
    'config.invalid',
    `The configuration cannot be used:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
  );
}

function deepFreeze<Value extends object>(value: Value): Value {
  for (const part of Object.values(value)) if (typeof part === 'object' && part !== null) deepFreeze(part);
  return Object.freeze(value);
}
