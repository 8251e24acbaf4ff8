import { type FakeGitHub, startFakeGitHub } from './fake-github/fake-github.ts';
import type { WebhookPayload } from './fake-github/world.ts';

/** The parts of a `pull_request` payload that the scene is set by. */
interface PullPayload {
  readonly number: number;
  readonly pull_request: {
    readonly id: number;
    readonly title: string;
    readonly body: string | null;
    readonly created_at: string;
    readonly user: { readonly login: string };
    readonly base: { readonly ref: string; readonly sha: string };
    readonly head: { readonly ref: string; readonly sha: string };
  };
  readonly repository: {
    readonly id: number;
    readonly name: string;
    readonly default_branch: string;
    readonly owner: { readonly login: string };
  };
}

export interface Scene {
  readonly github: FakeGitHub;
  /** A push that replaces the changed files, and the payload of the webhook that tells of it. */
  push(files: readonly string[]): WebhookPayload;
  /** What GitHub sends: the payload given, with the installation that every webhook of an App names. */
  readonly payload: WebhookPayload & PullPayload;
}

const APP_ID = '1';
const INSTALLATION = 1;

const RULES = `labels:
  - label: documentation
    color: "0075ca"
    files: ["docs/**", "**/*.md", "!CHANGELOG.md"]
  - label: front page
    color: "c2e0c6"
    files: [README.md]
reviewers:
  - files: ["**/*.md"]
    people: [Codertocat, octocat]
`;

/** A GitHub on which the pull request of a payload has just been opened, in a repository with rules of its own. */
export async function setScene(collected: Readonly<Record<string, unknown>>): Promise<Scene> {
  const payload = { ...collected, installation: { id: INSTALLATION } } as unknown as Scene['payload'];
  const { repository: about, pull_request: opened } = payload;
  const github = await startFakeGitHub({ appId: APP_ID, echo: true });
  github.addInstallation({ id: INSTALLATION, account: about.owner.login, accountType: 'User' });
  const repository = github.addRepository({
    installation: INSTALLATION,
    id: about.id,
    fullName: `${about.owner.login}/${about.name}`,
    defaultBranch: about.default_branch,
    collaborators: ['octocat'],
    contents: { '.github/fairlead.yml': RULES },
  });
  const pull = github.addPull(repository, {
    id: opened.id,
    number: payload.number,
    author: opened.user.login,
    title: opened.title,
    ...(opened.body === null ? {} : { body: opened.body }),
    baseRef: opened.base.ref,
    baseSha: opened.base.sha,
    headRef: opened.head.ref,
    headSha: opened.head.sha,
    files: [{ filename: 'README.md', status: 'modified', additions: 1, deletions: 1 }],
    createdAt: opened.created_at,
  });
  return {
    github,
    payload,
    push: (changed) => {
      const before = pull.head.sha;
      github.push(pull, changed);
      return github.payload(repository, pull, 'synchronize', { before, after: pull.head.sha });
    },
  };
}
