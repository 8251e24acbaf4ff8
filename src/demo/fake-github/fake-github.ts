import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { appRoutes } from './apps.ts';
import { assigneeRoutes } from './assignees.ts';
import { checkRunRoutes } from './check-runs.ts';
import { addCheckSuite, checkSuiteRoutes, toCheckSuitePayload } from './check-suites.ts';
import { commentRoutes } from './comments.ts';
import { commitStatusRoutes, setStatus, toStatusPayload } from './commit-statuses.ts';
import { contentRoutes } from './contents.ts';
import { createFaults, type Faults } from './faults.ts';
import { graphqlRoutes } from './graphql.ts';
import { createHook, type Hook } from './hook.ts';
import { labelRoutes } from './labels.ts';
import { milestoneRoutes } from './milestones.ts';
import { peopleRoutes } from './people.ts';
import { pullRoutes } from './pulls.ts';
import { toCommentPayload } from './represent-issue.ts';
import { toPullPayload } from './represent-pull.ts';
import { reviewerRoutes } from './reviewers.ts';
import {
  addComment,
  addInstallation,
  addPull,
  addRepository,
  addReview,
  type InstallationSeed,
  type PullSeed,
  pushTo,
  type RepositorySeed,
} from './seed.ts';
import { createGitHubServer, type LoggedRequest } from './serve.ts';
import {
  accountOf,
  botOf,
  type ChangedFile,
  type CheckSuite,
  type Comment,
  type CommitStatus,
  type Installation,
  type Pull,
  type Repository,
  type Review,
  type WebhookPayload,
  type World,
} from './world.ts';

export interface FakeGitHubOptions {
  /** Default 0: any free port of 127.0.0.1. */
  readonly port?: number;
  readonly appId: string;
  /** PEM; made anew when there is none. */
  readonly privateKey?: string;
  /** Default `fairlead`; the bot's login is `<slug>[bot]`. */
  readonly slug?: string;
  readonly latencyMs?: number;
  /** Default one hour, as GitHub's. */
  readonly tokenLifetimeMs?: number;
  /** Whether what the bot does comes back to it as webhooks sent by its own account. */
  readonly echo?: boolean;
  readonly now?: () => number;
}

/**
 * GitHub as far as the bot sees it, as a real HTTP server: what it holds is in {@link FakeGitHub.world}, what it was asked in
 * {@link FakeGitHub.requests}. The demo, the tests and the benchmarks use this same one.
 */
export interface FakeGitHub extends Pick<Faults, 'fail' | 'hold'>, Pick<Hook, 'connect' | 'deliver' | 'settled'> {
  /** Root of the API, without a final slash. */
  readonly url: string;
  /** PEM of the App's key. */
  readonly privateKey: string;
  readonly botLogin: string;
  readonly world: World;
  /** Every request answered so far, in order. */
  readonly requests: readonly LoggedRequest[];
  /** Tells of each request as it is answered; the function returned stops that. */
  onRequest(listener: (request: LoggedRequest) => void): () => void;
  addInstallation(seed: InstallationSeed): Installation;
  addRepository(seed: RepositorySeed): Repository;
  addPull(repository: Repository, seed: PullSeed): Pull;
  /** A push to the pull request's branch; without `files` they stay as they are. */
  push(pull: Pull, files?: readonly (string | ChangedFile)[]): void;
  /** The checks of another App, by default one and the same, on the pull request's head; null: they are under way. */
  check(
    repository: Repository,
    pull: Pull,
    seed: Pick<CheckSuite, 'conclusion'> & Partial<Pick<CheckSuite, 'appId' | 'runs'>>,
  ): CheckSuite;
  /** Payload of a `check_suite` webhook that says it is completed. */
  checkSuitePayload(repository: Repository, suite: CheckSuite, sender: string): WebhookPayload;
  /** A commit status of the pull request's head, by default of one and the same context. */
  status(
    repository: Repository,
    pull: Pull,
    seed: Pick<CommitStatus, 'state'> & Partial<Pick<CommitStatus, 'context'>>,
  ): CommitStatus;
  statusPayload(repository: Repository, status: CommitStatus, sender: string): WebhookPayload;
  review(pull: Pull, login: string, state: Exclude<Review['state'], 'DISMISSED'>): void;
  /** A comment that somebody writes on a pull request, and the payload of the webhook that tells of it. */
  comment(repository: Repository, pull: Pull, login: string, body: string): CommentAndPayload;
  /** Payload of a `pull_request` webhook about the present state, sent by the author unless `sender` says otherwise. */
  payload(
    repository: Repository,
    pull: Pull,
    action: string,
    extra?: WebhookPayload & { readonly sender?: string },
  ): WebhookPayload;
  /** Makes every token issued so far expired. */
  expireTokens(): void;
  close(): Promise<void>;
}

export interface CommentAndPayload {
  readonly comment: Comment;
  readonly payload: WebhookPayload;
}

export async function startFakeGitHub(options: FakeGitHubOptions): Promise<FakeGitHub> {
  const { port = 0, appId, latencyMs = 0, echo = false, now = Date.now } = options;
  const privateKey = options.privateKey ?? newPrivateKey();
  const requests: LoggedRequest[] = [];
  const listeners = new Set<(request: LoggedRequest) => void>();
  const faults = createFaults();
  let url = '';
  let lastId = 1000;
  const nextId = () => {
    lastId += 1;
    return lastId;
  };
  const deliveries: World['deliveries'] = [];
  const hook = createHook({ appId: Number(appId), deliveries, now, nextId });
  const world: World = {
    app: { id: Number(appId), slug: options.slug ?? 'fairlead', publicKey: createPublicKey(privateKey) },
    accounts: new Map(),
    installations: new Map(),
    repositories: new Map(),
    tokens: new Map(),
    deliveries,
    now,
    nextId,
    apiUrl: () => url,
    announce: (event, payload) => {
      if (echo) void hook.deliver(event, payload);
    },
    redeliver: ({ event, payload, guid }) => void hook.deliver(event, payload, { guid, redelivery: true }),
  };
  const server = createGitHubServer({
    world,
    faults,
    latencyMs,
    routes: [
      ...appRoutes({ tokenLifetimeMs: options.tokenLifetimeMs ?? 3_600_000 }),
      ...pullRoutes,
      ...labelRoutes,
      ...commentRoutes,
      ...assigneeRoutes,
      ...milestoneRoutes,
      ...reviewerRoutes,
      ...checkRunRoutes,
      ...checkSuiteRoutes,
      ...commitStatusRoutes,
      ...contentRoutes,
      ...peopleRoutes,
      ...graphqlRoutes,
    ],
    log: (request) => {
      requests.push(request);
      for (const listener of listeners) listener(request);
    },
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    url,
    privateKey,
    botLogin: botOf(world).login,
    world,
    requests,
    onRequest: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    addInstallation: (seed) => addInstallation(world, seed),
    addRepository: (seed) => addRepository(world, seed),
    addPull: (repository, seed) => addPull(world, repository, seed),
    push: (pull, files) => pushTo(world, pull, files),
    check: (repository, pull, seed) => addCheckSuite(world, repository, pull, seed),
    checkSuitePayload: (repository, suite, sender) => toCheckSuitePayload(world, repository, suite, sender),
    status: (repository, pull, seed) => setStatus(world, repository, pull, seed),
    statusPayload: (repository, status, sender) => toStatusPayload(world, repository, status, sender),
    review: (pull, login, state) => addReview(world, pull, login, state),
    comment: (repository, pull, login, body) => {
      const comment = addComment(world, repository, pull, accountOf(world, login), body);
      return { comment, payload: toCommentPayload(world, repository, pull, comment, 'created') };
    },
    payload: (repository, pull, action, { sender, ...extra } = {}) =>
      toPullPayload(
        world,
        repository,
        pull,
        action,
        sender === undefined ? pull.author : accountOf(world, sender),
        extra,
      ),
    expireTokens: () => {
      for (const token of world.tokens.values()) token.expiresAt = 0;
    },
    fail: faults.fail,
    hold: faults.hold,
    connect: hook.connect,
    deliver: hook.deliver,
    settled: hook.settled,
    close: async () => {
      hook.close();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function newPrivateKey(): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return privateKey.export({ type: 'pkcs1', format: 'pem' }) as string;
}
