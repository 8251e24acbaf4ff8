/**
 * GitHub for the rest of the house: Octokit as the App and as each of its installations. Every request that leaves here is
 * authenticated, bounded in time and size, paced per installation where it writes, tried again where that is safe, and
 * counted; every one that fails rejects with a `FairleadError` `github.*` (`github-error.ts`).
 *
 * Three things differ from a plain Octokit: `304 Not Modified` resolves (with that status and no data) instead of throwing,
 * a POST is tried again after a 5xx only if it says `request: { idempotent: true }`, and a GET that says
 * `request: { remembered: true }` is asked conditionally and answered from memory where nothing has changed.
 *
 * Octokit takes tens of milliseconds to load: import this file after the process listens.
 */
import { createAppAuth } from '@octokit/auth-app';
import { Octokit } from '@octokit/rest';
import { FairleadError } from '../events/fairlead-error.ts';
import type { Clock } from '../observe/clock.ts';
import type { Logger } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import { toAnswer } from './answer.ts';
import { createCallLedger, type Spending } from './call-ledger.ts';
import { createExchange, toFetch } from './exchange.ts';
import { toGitHubError } from './github-error.ts';
import { createInstallationTokens } from './installation-tokens.ts';
import { type Budget, createPacer } from './pacer.ts';
import { createRemembered } from './remembered.ts';
import { retrying } from './retry.ts';
import { isWrite, refuseWrite, type Writes } from './writes.ts';

export interface GitHubOptions {
  readonly appId: string;
  /** PEM. */
  readonly privateKey: string;
  /** Root of the REST API, e.g. `https://ghes.example.com/api/v3`. */
  readonly baseUrl?: string;
  readonly budget: Budget;
  /** What may leave for installations beside what reads; default `all`. */
  readonly writes?: Writes;
  /** Of each installation's hour of calls, as much as is used: above 0, at most 1, the default. */
  readonly share?: number;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
}

export interface GitHub {
  /** Acts as the App (a JWT): its deliveries, installations, and GitHub's word on itself. */
  readonly app: Octokit;
  /** Acts as the installation whose id the tenant is. No request is made until it is used. */
  installation(tenant: string): Octokit;
  /** Login of the App's own account, `slug[bot]`; asked for once. */
  botLogin(): Promise<string>;
  /** The tenant of a repository, undefined where the App is not installed on it. */
  findInstallation(owner: string, repo: string): Promise<string | undefined>;
}

/** Pinned, so that a new default of GitHub's changes nothing here: https://docs.github.com/en/rest/about-the-rest-api/api-versions */
const API_VERSION = '2022-11-28';
/** https://docs.github.com/en/enterprise-server/graphql/guides/forming-calls-with-graphql#the-graphql-endpoint */
const ENTERPRISE_GRAPHQL = /\/api\/v3\/graphql$/;
/** GitHub bears 80 requests a minute that create content: https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits */
const WRITES = { bucket: 'github-writes', perMinute: 80, burst: 20, block: 4 } as const;
const DEFAULT_BASE_URL = 'https://api.github.com';
/** An Octokit holds nothing that cannot be made again; the tokens are kept elsewhere. */
const OCTOKITS_KEPT = 500;

type Request = Required<Octokit['request']['endpoint']['DEFAULTS']>;
type Answer = Awaited<ReturnType<Octokit['request']>>;
type Send = (request: Request) => Answer | Promise<Answer>;

export function createGitHub(options: GitHubOptions): GitHub {
  const { clock, metrics, log, writes = 'all' } = options;
  const baseUrl = (options.baseUrl ?? DEFAULT_BASE_URL).replace(/\/+$/, '');
  const writing = createPacer({ budget: options.budget, clock }, WRITES);
  const ledger = createCallLedger({ budget: options.budget, clock, metrics }, { share: options.share ?? 1 });
  const octokits = new Map<string, Octokit>();
  const remembered = createRemembered();

  function createOctokit(options: ConstructorParameters<typeof Octokit>[0] = {}) {
    return new Octokit({ baseUrl, userAgent: 'fairlead', log: quiet(log), ...options });
  }

  let app: Octokit | undefined;

  function asApp(): Octokit {
    if (app !== undefined) return app;
    app = createOctokit({
      authStrategy: createAppAuth,
      auth: { appId: options.appId, privateKey: options.privateKey },
      // Named again: without it, Octokit warns of deprecations on the console.
      request: { fetch: toFetch(createExchange({ clock, metrics }, undefined)), log: quiet(log) },
    });
    app.hook.wrap('request', (send, request) =>
      retrying({ clock, log }, describe(request, baseUrl), () => sendOnce(send, request)),
    );
    return app;
  }

  const tokens = createInstallationTokens({
    clock,
    create: async (installation_id) =>
      (await asApp().request('POST /app/installations/{installation_id}/access_tokens', { installation_id })).data,
  });

  async function paced(tenant: string, signal: AbortSignal | undefined): Promise<void> {
    try {
      await writing.admit(tenant, { cost: 1, signal });
    } catch (error) {
      if (error instanceof FairleadError) metrics.count('github_waits_total', { why: 'writes' });
      throw error;
    }
  }

  function createInstallation(tenant: string): Octokit {
    const octokit = createOctokit();
    const exchange = createExchange({ clock, metrics }, tenant);
    const ownLog = log.child({ tenant });
    // Octokit makes the request and we send it: its own way with an answer costs more than all that we do with it.
    octokit.hook.wrap('request', (_send, request) => {
      const call = describe(request, baseUrl);
      const isWriting = isWrite(request as Parameters<typeof isWrite>[0]);
      if (isWriting) refuseWrite(writes, request, call.name);
      const resource = request.url.endsWith('/graphql') ? 'graphql' : 'core';
      const spending: Spending = { tenant, resource, writes: isWriting, signal: call.signal };
      let renewed = false;
      async function attempt(): Promise<Answer> {
        if (isWriting) await paced(tenant, call.signal);
        await ledger.admit(spending);
        let headers: Readonly<Record<string, string>> | undefined;
        let token = '';
        try {
          token = await tokens.get(tenant);
          request.headers.authorization = `token ${token}`;
          request.headers['x-github-api-version'] = API_VERSION;
          const { body, ...sent } = octokit.request.endpoint.parse(request);
          const text = body === undefined ? undefined : JSON.stringify(body);
          const url = sent.url.replace(ENTERPRISE_GRAPHQL, '/api/graphql');
          const key = call.remembered ? `${tenant} ${url}` : undefined;
          const known = key === undefined ? undefined : remembered.recall(key);
          const asked = known === undefined ? sent.headers : { ...sent.headers, 'if-none-match': known.etag };
          const answered = await exchange({ ...sent, headers: asked, url, body: text, signal: call.signal });
          headers = answered.headers;
          if (answered.status === 304 && known !== undefined) return known.answer;
          const answer = toAnswer(sent, answered);
          if (key !== undefined) remembered.keep(key, answer, answered.text.length);
          return answer;
        } catch (error) {
          const failure = toGitHubError(error, call.name, clock.now());
          // An empty hour is in the ledger by its headers, and may be that of one resource alone.
          const isEmptyHour = headers?.['x-ratelimit-remaining'] === '0';
          if (failure.code === 'github.rate_limited' && !isEmptyHour) ledger.told(tenant, failure.retryAfter ?? 0);
          if ((error as { status?: unknown }).status !== 401 || renewed || token === '') throw error;
        } finally {
          ledger.settle(spending, headers);
        }
        renewed = true;
        tokens.drop(tenant, token);
        return attempt();
      }
      return retrying({ clock, log: ownLog }, call, attempt);
    });
    return octokit;
  }

  let login: Promise<string> | undefined;
  async function readLogin(): Promise<string> {
    const slug = (await asApp().request('GET /app')).data?.slug;
    if (slug === undefined) throw new FairleadError('github.unavailable', 'GitHub did not say the App’s own name.');
    return `${slug}[bot]`;
  }

  return {
    get app() {
      return asApp();
    },
    installation(tenant) {
      if (!/^[1-9]\d{0,15}$/.test(tenant)) {
        throw new FairleadError('event.unhandled', `“${tenant}” is not the id of an installation.`);
      }
      const octokit = octokits.get(tenant) ?? createInstallation(tenant);
      octokits.delete(tenant);
      octokits.set(tenant, octokit);
      const [oldest] = octokits.keys();
      if (octokits.size > OCTOKITS_KEPT && oldest !== undefined) octokits.delete(oldest);
      return octokit;
    },
    botLogin() {
      login ??= readLogin().catch((error) => {
        login = undefined;
        throw error;
      });
      return login;
    },
    async findInstallation(owner, repo) {
      try {
        return String((await asApp().request('GET /repos/{owner}/{repo}/installation', { owner, repo })).data.id);
      } catch (error) {
        if (error instanceof FairleadError && error.code === 'github.not_found') return undefined;
        throw error;
      }
    },
  };
}

/** A call of the App itself. */
async function sendOnce(send: Send, request: Request): Promise<Answer> {
  request.headers['x-github-api-version'] = API_VERSION;
  const answer = await Promise.resolve(send(request)).catch(onNotModified);
  // Octokit hands out JSON that does not parse as text.
  if (typeof answer.data === 'string' && answer.headers['content-type']?.startsWith('application/json')) {
    throw new FairleadError('github.unavailable', `GitHub answered ${request.method} ${request.url} with broken JSON.`);
  }
  return answer;
}

function onNotModified(error: { readonly status?: unknown; readonly response?: Answer }): Answer {
  if (error.status === 304 && error.response !== undefined) return error.response;
  throw error;
}

function describe(request: Request, baseUrl: string) {
  const { method, request: own } = request;
  const path = request.url.replace(baseUrl, '').replace(/\{(\w+)\}/g, (slot, name) => String(request[name] ?? slot));
  return {
    name: `${method} ${path}`,
    idempotent: method !== 'POST' || own?.idempotent === true || !isWrite(request as Parameters<typeof isWrite>[0]),
    remembered: method === 'GET' && own?.remembered === true,
    signal: own?.signal as AbortSignal | undefined,
  };
}

/** Octokit reports each failed request as an error; here they are decided upon first. */
function quiet(log: Logger) {
  const nothing = () => undefined;
  return { debug: nothing, info: nothing, warn: (message: string) => log.warn({}, message), error: nothing };
}
