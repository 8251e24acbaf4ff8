import { createHash } from 'node:crypto';
import type { components } from '@octokit/openapi-types';
import { type Answer, notFound, refusal } from './answer.ts';
import type { Call } from './call.ts';
import { type Route, read, repositoryRoute } from './route.ts';
import { fullNameOf, type Repository, type World } from './world.ts';

/** Above this many bytes the JSON form comes without content, and only the raw form has it. */
const LARGEST_INLINE = 1024 * 1024;

export const contentRoutes: readonly Route[] = [
  repositoryRoute('GET', '/contents/{path+}', read('contents'), (world, call, repository, { path }) => {
    const ref = call.query.get('ref') ?? repository.defaultBranch;
    const files = commitOf(repository, ref)?.files;
    if (!files) return refusal(404, `No commit found for the ref ${ref}`);
    const content = files.get(path as string);
    if (content === undefined) return listDirectory(world, repository, files, path as string, ref);
    return fileAnswer(world, call, repository, path as string, ref, content);
  }),
  repositoryRoute('GET', '/git/trees/{ref}', read('contents'), (world, _call, repository, { ref }) => {
    const commit = commitOf(repository, ref as string);
    if (!commit) return notFound();
    const url = `${world.apiUrl()}/repos/${fullNameOf(repository)}/git`;
    const tree = [...commit.files].map(([path, content]) => {
      const sha = blobSha(content);
      return { path, mode: '100644', type: 'blob', sha, size: Buffer.byteLength(content), url: `${url}/blobs/${sha}` };
    });
    const body = { sha: commit.sha, url: `${url}/trees/${commit.sha}`, tree, truncated: false };
    return { status: 200, body: body satisfies components['schemas']['git-tree'] };
  }),
];

/** What is at a branch by name, at the sha of what it holds, or at the base of a pull request by its sha. */
export function commitOf(
  repository: Repository,
  ref: string,
): { readonly sha: string; readonly files: ReadonlyMap<string, string> } | undefined {
  const name = ref === 'HEAD' ? repository.defaultBranch : ref.replace(/^refs\/heads\//, '');
  const bases = [...repository.pulls.values()].flatMap(({ base }) => (base.sha === ref ? [base.ref] : []));
  const files = repository.branches.get(name) ?? repository.branches.get(bases[0] ?? '');
  if (files !== undefined) return { sha: shaOf(files), files };
  const same = [...repository.branches.values()].find((branch) => shaOf(branch) === ref);
  return same && { sha: ref, files: same };
}

function shaOf(files: ReadonlyMap<string, string>): string {
  return createHash('sha1')
    .update(JSON.stringify([...files]))
    .digest('hex');
}

function fileAnswer(
  world: World,
  call: Call,
  repository: Repository,
  path: string,
  ref: string,
  content: string,
): Answer {
  if (/\braw\b/.test(call.accept)) {
    return { status: 200, body: content, contentType: 'application/vnd.github.raw+json; charset=utf-8' };
  }
  const size = Buffer.byteLength(content);
  const inline = size <= LARGEST_INLINE;
  const body = {
    type: 'file',
    encoding: inline ? 'base64' : 'none',
    size,
    content: inline ? wrap(Buffer.from(content).toString('base64')) : '',
    ...entry(world, repository, path, ref, content),
  } satisfies components['schemas']['content-file'];
  return { status: 200, body };
}

function listDirectory(
  world: World,
  repository: Repository,
  files: ReadonlyMap<string, string>,
  path: string,
  ref: string,
): Answer {
  const prefix = `${path}/`;
  const children = new Map<string, 'file' | 'dir'>();
  for (const name of files.keys()) {
    if (!name.startsWith(prefix)) continue;
    const [child, ...rest] = name.slice(prefix.length).split('/') as [string, ...string[]];
    children.set(child, rest.length > 0 ? 'dir' : 'file');
  }
  if (children.size === 0) return notFound();
  const body = [...children].map(([child, type]) => {
    const content = files.get(prefix + child) ?? '';
    return { type, size: Buffer.byteLength(content), ...entry(world, repository, prefix + child, ref, content) };
  }) satisfies components['schemas']['content-directory'];
  return { status: 200, body };
}

function entry(world: World, repository: Repository, path: string, ref: string, content: string) {
  const fullName = fullNameOf(repository);
  const sha = blobSha(content);
  const self = `${world.apiUrl()}/repos/${fullName}/contents/${path}?ref=${ref}`;
  const git = `${world.apiUrl()}/repos/${fullName}/git/blobs/${sha}`;
  const html = `https://github.com/${fullName}/blob/${ref}/${path}`;
  return {
    name: path.slice(path.lastIndexOf('/') + 1),
    path,
    sha,
    url: self,
    git_url: git,
    html_url: html,
    download_url: `https://raw.githubusercontent.com/${fullName}/${ref}/${path}`,
    _links: { self, git, html },
  };
}

function blobSha(content: string): string {
  return createHash('sha1')
    .update(`blob ${Buffer.byteLength(content)}\0${content}`)
    .digest('hex');
}

/** GitHub breaks base64 into lines of sixty characters, which a strict decoder trips over. */
function wrap(base64: string): string {
  return base64.replaceAll(/.{1,60}/g, '$&\n');
}
