import type { KeyObject } from 'node:crypto';

/**
 * What the fake GitHub holds: plain records. Routes change them as GitHub does for the bot's calls; tests and the demo read
 * them to see what came of it, and change them in place to do what a person does on the web.
 */
export interface World {
  readonly app: App;
  readonly accounts: Map<string, Account>;
  readonly installations: Map<number, Installation>;
  /** By {@link keyOf} the full name. */
  readonly repositories: Map<string, Repository>;
  readonly tokens: Map<string, Token>;
  /** Newest last. */
  readonly deliveries: HookDelivery[];
  /** Epoch milliseconds. */
  now(): number;
  nextId(): number;
  /** Root of the API without a final slash, for the links in answers. */
  apiUrl(): string;
  /** Tells the App's webhook of something that the bot itself did, when the fake echoes. */
  announce(event: string, payload: WebhookPayload): void;
  redeliver(delivery: HookDelivery): void;
}

export interface App {
  readonly id: number;
  readonly slug: string;
  readonly publicKey: KeyObject;
}

export interface Account {
  readonly id: number;
  /** Whether the status that they have set says so. */
  isBusy?: boolean;
  readonly login: string;
  readonly type: 'User' | 'Bot' | 'Organization';
}

export type Permission = 'checks' | 'contents' | 'issues' | 'members' | 'metadata' | 'pull_requests' | 'statuses';

export interface Installation {
  readonly id: number;
  readonly account: Account;
  readonly permissions: Partial<Record<Permission, 'read' | 'write'>>;
  /** Calls of the present hour; a test sets `used` to `limit` to exhaust it. */
  readonly rateLimit: { limit: number; used: number; resetsAt: number };
}

export interface Token {
  readonly installation: number;
  /** Epoch milliseconds. */
  expiresAt: number;
}

export interface Repository {
  readonly id: number;
  readonly installation: number;
  readonly owner: Account;
  readonly name: string;
  readonly private: boolean;
  readonly defaultBranch: string;
  /** Who may be asked for a review, by {@link keyOf} the login. */
  readonly collaborators: Map<string, Account>;
  /** Teams with access, by slug. */
  readonly teams: Map<string, Team>;
  /** By {@link keyOf} the name. */
  readonly labels: Map<string, Label>;
  /** Files by branch (or sha), then by path. */
  readonly branches: Map<string, Map<string, string>>;
  readonly pulls: Map<number, Pull>;
  /** What collaborators may do, by {@link keyOf} the login; who is not in it may write. */
  readonly roles: Map<string, Role>;
  readonly milestones: Milestone[];
  /** Whether its settings let pull requests be merged by themselves. */
  allowsAutoMerge: boolean;
  /** On pull requests, in the order they were written. */
  readonly comments: Comment[];
  readonly checkRuns: CheckRun[];
  /** Those of other Apps. */
  readonly checkSuites: CheckSuite[];
  /** The newest of each commit and context. */
  readonly statuses: CommitStatus[];
  /** Logins of who changed a file, by path, the last one first. */
  readonly authors: Map<string, readonly string[]>;
}

export interface CommitStatus {
  readonly id: number;
  readonly sha: string;
  readonly context: string;
  readonly state: 'error' | 'failure' | 'pending' | 'success';
  readonly at: string;
}

export type Role = 'read' | 'triage' | 'write' | 'admin';

export interface Comment {
  readonly id: number;
  /** Number of the pull request. */
  readonly on: number;
  readonly author: Account;
  body: string;
  readonly reactions: { readonly content: Reaction; readonly user: Account; readonly id: number }[];
  /** Epoch milliseconds. */
  readonly createdAt: number;
  updatedAt: number;
}

export const REACTIONS = ['+1', '-1', 'laugh', 'confused', 'heart', 'hooray', 'rocket', 'eyes'] as const;
export type Reaction = (typeof REACTIONS)[number];

export interface Team {
  readonly id: number;
  readonly slug: string;
  readonly members: readonly string[];
}

export interface Label {
  readonly id: number;
  name: string;
  color: string;
  description: string | null;
}

export interface ChangedFile {
  readonly filename: string;
  readonly status: 'added' | 'removed' | 'modified' | 'renamed';
  readonly previousFilename?: string;
  readonly additions: number;
  readonly deletions: number;
}

export interface Milestone {
  readonly id: number;
  readonly number: number;
  readonly title: string;
  readonly state: 'open' | 'closed';
}

export interface AutoMerge {
  readonly enabledBy: Account;
  readonly method: 'merge' | 'squash' | 'rebase';
}

export interface Review {
  readonly id: number;
  readonly user: Account;
  readonly state: 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED' | 'DISMISSED';
  readonly commit: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

export interface Pull {
  readonly id: number;
  readonly number: number;
  readonly author: Account;
  title: string;
  body: string | null;
  state: 'open' | 'closed';
  draft: boolean;
  readonly base: { ref: string; sha: string };
  readonly head: { ref: string; sha: string };
  files: readonly ChangedFile[];
  /** Names as the repository spells them, in the order they were added. */
  labels: string[];
  assignees: Account[];
  milestone: Milestone | undefined;
  /** Set while it is to be merged by itself. */
  autoMerge: AutoMerge | undefined;
  reviewers: Account[];
  /** Slugs. */
  teams: string[];
  reviews: Review[];
  /** ISO 8601. */
  readonly createdAt: string;
  updatedAt: string;
}

export interface CheckRun {
  readonly id: number;
  readonly headSha: string;
  name: string;
  status: 'queued' | 'in_progress' | 'completed';
  conclusion: Conclusion | null;
  externalId: string | null;
  detailsUrl: string | null;
  output: { title: string | null; summary: string | null; text: string | null; annotations: readonly unknown[] };
  startedAt: string | null;
  completedAt: string | null;
}

export interface CheckSuite {
  readonly id: number;
  readonly headSha: string;
  readonly appId: number;
  readonly status: 'queued' | 'in_progress' | 'completed';
  readonly conclusion: Conclusion | null;
  /** How many check runs it has. */
  readonly runs: number;
  /** ISO 8601. */
  readonly updatedAt: string;
}

export const CONCLUSIONS = [
  'success',
  'failure',
  'neutral',
  'cancelled',
  'skipped',
  'timed_out',
  'action_required',
] as const;
export type Conclusion = (typeof CONCLUSIONS)[number];

export type WebhookPayload = Readonly<Record<string, unknown>>;

/** One attempt to bring a webhook to the bot, as `GET /app/hook/deliveries` lists it. */
export interface HookDelivery {
  readonly id: number;
  /** The `X-GitHub-Delivery` header: the same for every attempt. */
  readonly guid: string;
  readonly event: string;
  readonly payload: WebhookPayload;
  readonly redelivery: boolean;
  /** Epoch milliseconds. */
  readonly deliveredAt: number;
  /** Seconds. */
  readonly duration: number;
  readonly status: string;
  readonly statusCode: number;
}

/** Logins, label names and repository names are compared without regard to case. */
export function keyOf(name: string): string {
  return name.toLowerCase();
}

export function fullNameOf(repository: Repository): string {
  return `${repository.owner.login}/${repository.name}`;
}

/** The App's own account, which is the author of all that the bot does. */
export function botOf(world: World): Account {
  return accountOf(world, `${world.app.slug}[bot]`, 'Bot');
}

/** The account of a login, made when nobody has it yet. */
export function accountOf(world: World, login: string, type: Account['type'] = 'User', id?: number): Account {
  const known = world.accounts.get(keyOf(login));
  if (known) return known;
  const account: Account = { id: id ?? world.nextId(), login, type };
  world.accounts.set(keyOf(login), account);
  return account;
}

/** The label of a name, made in GitHub's default colour when the repository has none. */
export function labelOf(world: World, repository: Repository, name: string): Label {
  const known = repository.labels.get(keyOf(name));
  if (known) return known;
  const label: Label = { id: world.nextId(), name, color: 'ededed', description: null };
  repository.labels.set(keyOf(name), label);
  return label;
}
