import { createHash } from 'node:crypto';
import {
  type Account,
  accountOf,
  type ChangedFile,
  type Comment,
  type Installation,
  keyOf,
  type Label,
  type Permission,
  type Pull,
  type Repository,
  type Role,
  type Team,
  type World,
} from './world.ts';

export interface InstallationSeed {
  readonly id: number;
  /** Login that installed the App. */
  readonly account: string;
  readonly accountType?: 'User' | 'Organization';
  /** Default: all that the bot asks for. */
  readonly permissions?: Partial<Record<Permission, 'read' | 'write'>>;
}

export interface RepositorySeed {
  readonly installation: number;
  readonly fullName: string;
  readonly id?: number;
  readonly private?: boolean;
  readonly defaultBranch?: string;
  /** Logins, beside the owner. */
  readonly collaborators?: readonly string[];
  /** Of collaborators who may do other than write, by login. */
  readonly roles?: Readonly<Record<string, Role>>;
  /** Titles; their numbers count from 1. */
  readonly milestones?: readonly string[];
  /** Members by team slug. */
  readonly teams?: Readonly<Record<string, readonly string[]>>;
  readonly labels?: readonly (Pick<Label, 'name'> & Partial<Label>)[];
  /** Contents of the default branch by path. */
  readonly contents?: Readonly<Record<string, string>>;
}

export interface PullSeed {
  readonly author: string;
  readonly number?: number;
  readonly id?: number;
  readonly title?: string;
  readonly body?: string;
  readonly draft?: boolean;
  readonly baseRef?: string;
  readonly baseSha?: string;
  readonly headRef?: string;
  readonly headSha?: string;
  /** Paths, or files with what happened to them. */
  readonly files?: readonly (string | ChangedFile)[];
  readonly labels?: readonly string[];
  readonly reviewers?: readonly string[];
  readonly createdAt?: string;
}

/** Those of `app.yml`, so that the bot is held to what it asks for. */
export const ASKED_PERMISSIONS: Installation['permissions'] = {
  checks: 'write',
  contents: 'read',
  issues: 'read',
  members: 'read',
  metadata: 'read',
  pull_requests: 'write',
  statuses: 'read',
};

export function addInstallation(world: World, seed: InstallationSeed): Installation {
  const installation: Installation = {
    id: seed.id,
    account: accountOf(world, seed.account, seed.accountType ?? 'Organization'),
    permissions: seed.permissions ?? ASKED_PERMISSIONS,
    rateLimit: { limit: 5000, used: 0, resetsAt: world.now() + 3_600_000 },
  };
  world.installations.set(installation.id, installation);
  return installation;
}

export function addRepository(world: World, seed: RepositorySeed): Repository {
  const [ownerLogin, name] = seed.fullName.split('/') as [string, string];
  const owner = accountOf(world, ownerLogin, world.installations.get(seed.installation)?.account.type);
  const defaultBranch = seed.defaultBranch ?? 'main';
  const repository: Repository = {
    id: seed.id ?? world.nextId(),
    installation: seed.installation,
    owner,
    name,
    private: seed.private ?? false,
    defaultBranch,
    collaborators: new Map(
      [ownerLogin, ...(seed.collaborators ?? [])].map((login) => [keyOf(login), accountOf(world, login)]),
    ),
    teams: new Map(
      Object.entries(seed.teams ?? {}).map(([slug, members]): [string, Team] => [
        slug,
        { id: world.nextId(), slug, members },
      ]),
    ),
    labels: new Map(
      (seed.labels ?? []).map((label): [string, Label] => [
        keyOf(label.name),
        { id: world.nextId(), color: 'd4c5f9', description: null, ...label },
      ]),
    ),
    branches: new Map([[defaultBranch, new Map(Object.entries(seed.contents ?? {}))]]),
    pulls: new Map(),
    roles: new Map(Object.entries(seed.roles ?? {}).map(([login, role]) => [keyOf(login), role])),
    milestones: (seed.milestones ?? []).map((title, index) => ({
      id: world.nextId(),
      number: index + 1,
      title,
      state: 'open',
    })),
    allowsAutoMerge: true,
    comments: [],
    checkRuns: [],
    checkSuites: [],
    statuses: [],
    authors: new Map(),
  };
  world.repositories.set(keyOf(seed.fullName), repository);
  return repository;
}

export function addPull(world: World, repository: Repository, seed: PullSeed): Pull {
  const number = seed.number ?? repository.pulls.size + 1;
  const createdAt = seed.createdAt ?? new Date(world.now()).toISOString();
  const pull: Pull = {
    id: seed.id ?? world.nextId(),
    number,
    author: accountOf(world, seed.author),
    title: seed.title ?? `Change ${number}`,
    body: seed.body ?? null,
    state: 'open',
    draft: seed.draft ?? false,
    base: { ref: seed.baseRef ?? repository.defaultBranch, sha: seed.baseSha ?? shaOf(`${repository.id} base`) },
    head: { ref: seed.headRef ?? `change-${number}`, sha: seed.headSha ?? shaOf(`${repository.id} ${number} 1`) },
    files: (seed.files ?? []).map(toFile),
    labels: [...(seed.labels ?? [])],
    assignees: [],
    milestone: undefined,
    autoMerge: undefined,
    reviewers: (seed.reviewers ?? []).map((login): Account => accountOf(world, login)),
    teams: [],
    reviews: [],
    createdAt,
    updatedAt: createdAt,
  };
  repository.pulls.set(number, pull);
  return pull;
}

/** A push to the pull request's branch: a new head, and maybe other files. */
export function pushTo(world: World, pull: Pull, files?: readonly (string | ChangedFile)[]): void {
  pull.head.sha = shaOf(`${pull.id} ${pull.head.sha}`);
  pull.updatedAt = new Date(world.now()).toISOString();
  if (files) pull.files = files.map(toFile);
}

/** A submitted review; whoever was asked for it is asked no longer. */
export function addReview(
  world: World,
  pull: Pull,
  login: string,
  state: 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED',
): void {
  const user = accountOf(world, login);
  pull.reviews.push({ id: world.nextId(), user, state, commit: pull.head.sha, at: world.now() });
  pull.reviewers = pull.reviewers.filter((reviewer) => reviewer !== user);
}

export function addComment(world: World, repository: Repository, pull: Pull, author: Account, body: string): Comment {
  const at = world.now();
  const comment: Comment = {
    id: world.nextId(),
    on: pull.number,
    author,
    body,
    reactions: [],
    createdAt: at,
    updatedAt: at,
  };
  repository.comments.push(comment);
  pull.updatedAt = new Date(at).toISOString();
  return comment;
}

function toFile(file: string | ChangedFile): ChangedFile {
  return typeof file === 'string' ? { filename: file, status: 'modified', additions: 1, deletions: 1 } : file;
}

function shaOf(text: string): string {
  return createHash('sha1').update(text).digest('hex');
}
