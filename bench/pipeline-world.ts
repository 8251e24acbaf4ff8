/**
 * The world of one bot of `bench/pipeline.ts`, in a process of its own, so that its CPU time is nobody else's: a fake GitHub
 * that answers at once, a receiver of chat messages, and whoever opens pull requests. A pull request is over when its chat
 * message has come; as many as asked for are under way at a time.
 */
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { examplePayloads } from '../src/demo/example-payload.ts';
import { type FakeGitHub, startFakeGitHub } from '../src/demo/fake-github/fake-github.ts';
import type { Pull, Repository, WebhookPayload } from '../src/demo/fake-github/world.ts';
import { signedWebhook } from '../src/demo/signed-webhook.ts';

/** Where the bot finds everything. */
export interface WorldAddress {
  readonly appId: string;
  readonly privateKey: string;
  readonly secret: string;
  readonly githubUrl: string;
  readonly sinkUrl: string;
}

/** `open` opens new pull requests, `push` pushes to the one opened last and changes nothing about its files. */
export interface WorldOrder {
  readonly webhookUrl: string;
  readonly act: 'open' | 'push';
  readonly pulls: number;
  readonly inFlight: number;
}

/** The address once at first, then for each order how many calls GitHub was asked for it. */
export type WorldMessage = WorldAddress | { readonly calls: number };

/** GitHub's limit on writes holds for each installation, so the load is spread over as many as a busy bot has. */
const INSTALLATIONS = 400;
const SILENCE_MS = 30_000;

const RULES = `labels:
  - { label: documentation, color: "0075ca", files: ["docs/**", "**/*.md", "!CHANGELOG.md"] }
  - { label: source, color: "d4c5f9", files: ["src/**", "!src/**/*.test.ts"] }
  - { label: tests, color: "bfd4f2", files: ["test/**", "**/*.test.ts"] }
  - { label: dependencies, color: "0366d6", files: ["**/package.json", "**/package-lock.json"] }
reviewers:
  - { files: ["src/**"], people: [octocat, hubot] }
  - { files: ["docs/**"], people: [monalisa] }
`;

const FILES = [
  'README.md',
  'docs/guide/start.md',
  'src/broker/dispatcher.ts',
  'src/broker/dispatcher.test.ts',
  'src/store/outbox.ts',
  'src/main.ts',
  'test/broker/dispatcher.test.ts',
  'CHANGELOG.md',
];

interface Project {
  readonly installation: number;
  readonly repository: Repository;
}

const secret = 'a secret of the benchmark';
const appId = '1';
const privateKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
  type: 'pkcs1',
  format: 'pem',
}) as string;
const github: FakeGitHub = await startFakeGitHub({ appId, privateKey });
const projects = Array.from({ length: INSTALLATIONS }, (_, nth) => addProject(nth + 1));
const example = examplePayloads('pull_request')?.[0] as Example;
const agent = new Agent({ keepAlive: true });
/** Who waits for the message about a pull request, by its repository and number. */
const waiting = new Map<string, () => void>();
let turn = 0;
let latest: { readonly project: Project; readonly pull: Pull } | undefined;

interface Example extends WebhookPayload {
  readonly pull_request: Readonly<Record<string, unknown>>;
  readonly repository: Readonly<Record<string, unknown>>;
}

function addProject(installation: number): Project {
  github.addInstallation({ id: installation, account: `team-${installation}` }).rateLimit.limit = 1_000_000;
  const repository = github.addRepository({
    installation,
    fullName: `team-${installation}/project`,
    collaborators: ['octocat', 'hubot', 'monalisa'],
    contents: { '.github/fairlead.yml': RULES },
  });
  return { installation, repository };
}

/** What GitHub would send: an example of the collection, as long as they are, told of this pull request. */
function payloadOf({ installation, repository }: Project, pull: Pull, action: string): WebhookPayload {
  const fullName = `${repository.owner.login}/${repository.name}`;
  const url = `https://github.com/${fullName}`;
  return {
    ...example,
    action,
    number: pull.number,
    pull_request: {
      ...example.pull_request,
      id: pull.id,
      number: pull.number,
      title: pull.title,
      html_url: `${url}/pull/${pull.number}`,
      user: { ...(example.pull_request.user as object), login: pull.author.login },
      updated_at: new Date().toISOString(),
      labels: pull.labels.map((name) => ({ name })),
      requested_reviewers: pull.reviewers.map(({ login }) => ({ login })),
      base: { ...(example.pull_request.base as object), ref: pull.base.ref, sha: pull.base.sha },
      head: { ...(example.pull_request.head as object), ref: pull.head.ref, sha: pull.head.sha },
    },
    repository: {
      ...example.repository,
      id: repository.id,
      name: repository.name,
      full_name: fullName,
      html_url: url,
      owner: { ...(example.repository.owner as object), login: repository.owner.login },
    },
    sender: { ...(example.sender as object), login: pull.author.login },
    installation: { id: installation },
  };
}

function open() {
  const project = projects[turn % projects.length] as Project;
  turn += 1;
  latest = { project, pull: github.addPull(project.repository, { author: 'codertocat', files: FILES }) };
  return latest;
}

function push() {
  if (latest === undefined) throw new Error('no pull request is open');
  github.push(latest.pull);
  return latest;
}

async function bring({ webhookUrl, act }: WorldOrder): Promise<void> {
  const { project, pull } = act === 'push' ? push() : open();
  const key = `${project.repository.owner.login}/${project.repository.name}#${pull.number}`;
  const told = new Promise<void>((resolve, reject) => {
    const silence = setTimeout(() => reject(new Error(`no message about ${key}`)), SILENCE_MS);
    waiting.set(key, () => {
      clearTimeout(silence);
      resolve();
    });
  });
  const payload = payloadOf(project, pull, act === 'open' ? 'opened' : 'synchronize');
  await post(webhookUrl, payload);
  await told;
}

function post(url: string, payload: WebhookPayload): Promise<void> {
  const { headers, body } = signedWebhook({ event: 'pull_request', payload, secret, guid: randomUUID() });
  return new Promise((resolve, reject) => {
    request(url, { agent, method: 'POST', headers: { ...headers, 'content-length': body.length } }, (res) => {
      const isTaken = res.statusCode === 200 || res.statusCode === 202;
      res.resume().on('end', () => (isTaken ? resolve() : reject(new Error(`the bot answered ${res.statusCode}`))));
    })
      .on('error', reject)
      .end(body);
  });
}

async function obey(order: WorldOrder): Promise<void> {
  const before = github.requests.length;
  let left = order.pulls;
  async function lane(): Promise<void> {
    while (left > 0) {
      left -= 1;
      await bring(order);
    }
  }
  await Promise.all(Array.from({ length: order.inFlight }, lane));
  tell({ calls: github.requests.length - before });
}

function tell(message: WorldMessage): void {
  process.send?.(message);
}

const sink = createServer((req, res) => {
  const chunks: Buffer[] = [];
  req.on('data', (chunk: Buffer) => chunks.push(chunk));
  req.on('end', () => {
    res.writeHead(202, { 'content-length': 0 }).end();
    const { repository, number } = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    const key = `${repository.fullName}#${number}`;
    waiting.get(key)?.();
    waiting.delete(key);
  });
}).listen(0, '127.0.0.1', () => {
  const sinkUrl = `http://127.0.0.1:${(sink.address() as AddressInfo).port}`;
  tell({ appId, privateKey, secret, githubUrl: github.url, sinkUrl });
});
process.on('message', (order: WorldOrder) => void obey(order));
process.on('disconnect', () => process.exit());
