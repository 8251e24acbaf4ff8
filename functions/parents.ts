/**
 * What a configuration builds on: what it `extends`, and what that does, and so on; and the defaults of the organisation in
 * its `.github` repository. Each file is read from the default branch, as the installation, so that what it may not read does
 * not exist for it; remembered per installation for {@link FRESH_MS}, all of its repositories together.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Octokit } from '@octokit/rest';
import { type ParsedConfiguration, parseConfiguration } from '../src/rules/parse-configuration.ts';
import { type FileProblem, LARGEST_FILE, locate } from '../src/rules/read-yaml.ts';
import type { Layer } from '../src/rules/resolve-layers.ts';
import { createMemory } from './memory.ts';
import { toRoute } from './pull-request.ts';
import { type Blobs, readBlobs } from './read-blobs.ts';

export interface Parent {
  /** Names the file whatever the case it is written in. */
  readonly key: string;
  readonly layer: Layer;
  /** As it was read: the same object for as long as it has not changed. */
  readonly file: ParentFile;
}

/** The file of a place in a repository; the first of its paths that is there. */
type ParentFile =
  | { readonly outcome: 'text'; readonly path: string; readonly text: string }
  | { readonly outcome: 'unreadable'; readonly path: string }
  | { readonly outcome: 'none' }
  | { readonly outcome: 'unavailable'; readonly reason: string };

export type Unusable =
  | { readonly outcome: 'unreadable'; readonly problems: readonly FileProblem[] }
  | { readonly outcome: 'unavailable'; readonly reason: string };

/** `parents` are the nearest first, as far as they could be followed. */
export interface Chain {
  readonly parents: readonly Parent[];
  readonly unusable?: Unusable;
}

export interface Parents {
  /** What a layer builds on; `key` is its own. */
  of(github: Octokit, tenant: string, layer: Layer, key: string): Promise<Chain>;
  /** The defaults of the owner of a repository. */
  ofOwner(github: Octokit, tenant: string, fullName: string): Promise<Chain>;
}

const FRESH_MS = 240_000;
const MOST_PARENTS = 5;
/** Where a repository that is named alone has it. */
const PATHS = ['.github/fairlead.yml', 'fairlead.yml'];

/** Parsed once for as long as a file stays what it is. */
const parsed = new WeakMap<object, ParsedConfiguration>();

export function parseOnce(file: { readonly text: string }): ParsedConfiguration {
  const known = parsed.get(file) ?? parseConfiguration(file.text);
  parsed.set(file, known);
  return known;
}

/** How a file is told from another, and from itself by another name. */
export function keyOf(fullName: string, path: string): string {
  return `${fullName}/${path}`.toLowerCase();
}

export function createParents(dependencies: { readonly now: () => number }): Parents {
  const memory = createMemory<ParentFile>(dependencies, { freshMs: FRESH_MS });

  function read(github: Octokit, tenant: string, { fullName, paths }: ParentPlace): Promise<ParentFile> {
    return memory([tenant, fullName.toLowerCase(), ...paths], async (known) => {
      const blobs = await readBlobs(github, { fullName, ref: 'HEAD', paths });
      const value = toFile(blobs, paths);
      const isSame = known !== undefined && isDeepStrictEqual(known, value);
      return { value: isSame ? known : value, lasting: value.outcome !== 'unavailable' };
    });
  }

  async function of(github: Octokit, tenant: string, layer: Layer, key: string): Promise<Chain> {
    const parents: Parent[] = [];
    const seen = new Set([key]);
    for (let from = layer; typeof from.written.extends === 'string'; ) {
      const { extends: target } = from.written;
      const place = toPlace(target);
      const refuse = (message: string): Chain => ({ parents, unusable: atExtends(from, message) });
      if (parents.length === MOST_PARENTS) return refuse(`there are more than ${MOST_PARENTS} files in a row`);
      const file = await read(github, tenant, place);
      if (file.outcome === 'none') {
        return refuse(`${place.fullName} has no ${place.paths.join(' or ')}, or the App may not read it`);
      }
      const parent = toParent(place.fullName, file);
      if ('outcome' in parent) return { parents, unusable: parent };
      if (seen.has(parent.key)) return refuse(`${target} leads back here: files cannot build on each other`);
      seen.add(parent.key);
      parents.push(parent);
      from = parent.layer;
    }
    return { parents };
  }

  return {
    of,
    async ofOwner(github, tenant, fullName) {
      const place = { fullName: `${toRoute(fullName).owner}/.github`, paths: PATHS };
      const file = await read(github, tenant, place);
      if (file.outcome === 'none') return { parents: [] };
      const parent = toParent(place.fullName, file);
      if ('outcome' in parent) return { parents: [], unusable: parent };
      const { parents, unusable } = await of(github, tenant, parent.layer, parent.key);
      return { parents: [parent, ...parents], ...(unusable === undefined ? {} : { unusable }) };
    },
  };
}

interface ParentPlace {
  readonly fullName: string;
  readonly paths: readonly string[];
}

/** `owner/repo`, or `owner/repo/path`. */
function toPlace(target: string): ParentPlace {
  const [owner, repo, ...path] = target.split('/');
  return { fullName: `${owner}/${repo}`, paths: path.length === 0 ? PATHS : [path.join('/')] };
}

function toFile(blobs: Blobs, paths: readonly string[]): ParentFile {
  if (blobs.outcome !== 'read') return blobs;
  const { texts, unread } = blobs;
  const path = paths.find((one) => texts.has(one) || unread.includes(one));
  if (path === undefined) return { outcome: 'none' };
  const text = texts.get(path);
  return text === undefined ? { outcome: 'unreadable', path } : { outcome: 'text', path, text };
}

function toParent(fullName: string, read: Exclude<ParentFile, { readonly outcome: 'none' }>): Parent | Unusable {
  if (read.outcome === 'unavailable') return read;
  const file = `${fullName}/${read.path}`;
  if (read.outcome === 'unreadable') {
    const message = `it is no text of at most ${LARGEST_FILE / 1024} KiB`;
    return { outcome: 'unreadable', problems: [{ file, line: 1, column: 1, where: '', message }] };
  }
  const { written, problems } = parseOnce(read);
  if (problems !== undefined) return { outcome: 'unreadable', problems: problems.map((one) => ({ ...one, file })) };
  return { key: keyOf(fullName, read.path), layer: { file, written, text: read.text }, file: read };
}

function atExtends({ file, text = '' }: Layer, message: string): Unusable {
  const problems = locate(text, [{ path: ['extends'], message }]).map((problem) => ({ ...problem, file }));
  return { outcome: 'unreadable', problems };
}
