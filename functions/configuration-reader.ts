/**
 * Which rules hold on a branch of a repository: its own `.github/fairlead.yml`, else what it keeps for other tools, over
 * what it builds on (`parents.ts`). Remembered per installation, repository and branch: for {@link FRESH_MS} unasked, then
 * put together anew only if a part of it has changed.
 *
 * Four outcomes are told apart: a configuration, none, one that cannot be read, and GitHub's refusal to show a part of it.
 * GitHub being unwell is none of them: it rejects, and is remembered by nobody.
 */
import type { Octokit } from '@octokit/rest';
import type { Configuration } from '../src/rules/configuration.ts';
import { adoptSources } from '../src/rules/import/adopt.ts';
import { readTools } from '../src/rules/import/tools.ts';
import { type FileProblem, locate, type Problem } from '../src/rules/read-yaml.ts';
import { type Layer, locksOf, resolveLayers } from '../src/rules/resolve-layers.ts';
import { createMemory } from './memory.ts';
import { type Chain, createParents, keyOf, type Parent, parseOnce, type Unusable } from './parents.ts';
import { readText, type TextFile } from './read-text.ts';
import { readToolFiles, type ToolFiles } from './read-tool-files.ts';

/** Of {@link CONFIGURATION_PATH} where it names no file. */
export type PlacedProblem = Problem & { readonly file?: string };

export type FoundConfiguration =
  | {
      readonly outcome: 'found';
      readonly configuration: Configuration;
      /** The files it comes from, the nearest first, where that is not the repository's own alone. */
      readonly sources?: readonly string[];
      /** Where Fairlead's reading of another tool's file differs from the tool. */
      readonly notes?: readonly string[];
      /** What was passed over. */
      readonly problems?: readonly PlacedProblem[];
    }
  | { readonly outcome: 'none' }
  | { readonly outcome: 'unreadable'; readonly problems: readonly PlacedProblem[] }
  | { readonly outcome: 'unavailable'; readonly reason: string };

export interface ConfigurationPlace {
  readonly tenant: string;
  readonly repository: { readonly id: number; readonly fullName: string };
  /** Name of the branch, or sha of a commit. */
  readonly base: string;
  /**
   * Where `base` is what somebody proposes for a branch: its name. What a proposal builds on is read only where the branch
   * builds on it as well: whoever proposes it must not be shown other files of the installation.
   */
  readonly proposedFor?: string;
}

/** With `text`, what would hold if that were the repository's own file. */
export type ConfigurationReader = (
  github: Octokit,
  place: ConfigurationPlace,
  text?: string,
) => Promise<FoundConfiguration>;

export const CONFIGURATION_PATH = '.github/fairlead.yml';
const FRESH_MS = 60_000;
const MOST_NOTES = 10;
const LONGEST_NOTE = 300;
const MOST_PROBLEMS = 20;

/** What GitHub said, and what came of it. */
interface Known {
  readonly own: TextFile;
  readonly tools: ToolFiles | undefined;
  readonly parents: readonly Parent[];
  readonly found: FoundConfiguration;
}

/** What the branch itself has; neither where that is nothing. */
interface OwnPart {
  readonly layer?: Layer;
  readonly notes?: readonly string[];
  readonly problems?: readonly FileProblem[];
  readonly unusable?: Unusable;
}

export function createConfigurationReader(dependencies: { readonly now: () => number }): ConfigurationReader {
  const memory = createMemory<Known>(dependencies, { freshMs: FRESH_MS });
  const parents = createParents(dependencies);

  async function read(github: Octokit, place: ConfigurationPlace, known: Known | undefined): Promise<Known> {
    const { tenant, base, repository } = place;
    const { fullName } = repository;
    const [own, owner] = await Promise.all([
      readText(github, { fullName, path: CONFIGURATION_PATH, ref: base }, known?.own),
      parents.ofOwner(github, tenant, fullName),
    ]);
    const tools = own.outcome === 'none' ? await readToolFiles(github, { fullName, base }, known?.tools) : undefined;
    return judge(github, place, { own, tools, owner }, known);
  }

  async function recall(github: Octokit, place: ConfigurationPlace): Promise<Known> {
    const { tenant, repository, base, proposedFor = '' } = place;
    return memory([tenant, repository.id, base, proposedFor], async (known) => {
      const value = await read(github, place, known);
      return { value, lasting: value.found.outcome !== 'unavailable' };
    });
  }

  async function withoutUnknownParent(github: Octokit, place: ConfigurationPlace, part: OwnPart): Promise<OwnPart> {
    const { layer } = part;
    const target = layer?.written.extends;
    if (place.proposedFor === undefined || layer === undefined || typeof target !== 'string') return part;
    const { tenant, repository, proposedFor } = place;
    const inForce = await recall(github, { tenant, repository, base: proposedFor });
    const known = inForce.own.outcome === 'text' ? parseOnce(inForce.own).written?.extends : undefined;
    if (String(known).toLowerCase() === target.toLowerCase()) return part;
    const finding = { path: ['extends'], message: `${target} is left out here; it is read once this is merged` };
    const problems = locate(layer.text ?? '', [finding]).map((problem) => ({ ...problem, file: layer.file }));
    const { extends: _, ...written } = layer.written;
    return { ...part, layer: { ...layer, written }, problems };
  }

  async function judge(
    github: Octokit,
    place: ConfigurationPlace,
    { own, tools, owner }: Pick<Known, 'own' | 'tools'> & { readonly owner: Chain },
    known?: Known,
  ): Promise<Known> {
    const { tenant, repository } = place;
    const part = await withoutUnknownParent(github, place, own.outcome === 'none' ? ofTools(tools) : ofFile(own));
    const key = keyOf(repository.fullName, CONFIGURATION_PATH);
    // The defaults' own repository builds on them no second time.
    const defaults = own.outcome === 'none' ? owner.parents : owner.parents.filter((one) => one.key !== key);
    const isFree = defaults.every(({ layer }) => locksOf(layer).every(({ keys }) => keys.join('.') !== 'extends'));
    const named: Chain =
      part.layer === undefined || !isFree ? NO_PARENTS : await parents.of(github, tenant, part.layer, key);
    const nearer = named.parents.filter((one) => defaults.every((other) => other.key !== one.key));
    const above = [...nearer, ...defaults];
    const result = (found: FoundConfiguration): Known => ({ own, tools, parents: above, found });
    const unusable = part.unusable ?? owner.unusable ?? named.unusable;
    if (unusable !== undefined) return result(unusable);
    const isSame = known?.own === own && known.tools === tools && areSame(known.parents, above);
    // What could not be used for a file that is gone since is none of these parts.
    if (isSame && known.found.outcome !== 'unreadable') return known;
    return result(toFound(part, above));
  }

  return async (github, place, text) => {
    if (text !== undefined) {
      const own: TextFile = { outcome: 'text', text, etag: undefined };
      const owner = await parents.ofOwner(github, place.tenant, place.repository.fullName);
      return (await judge(github, place, { own, tools: undefined, owner })).found;
    }
    const { found } = await recall(github, place);
    return found;
  };
}

const NO_PARENTS: Chain = { parents: [] };

function areSame(some: readonly Parent[], others: readonly Parent[]): boolean {
  return some.length === others.length && some.every(({ file }, index) => file === others[index]?.file);
}

function ofFile(own: Exclude<TextFile, { readonly outcome: 'none' }>): OwnPart {
  const unreadable = (problems: readonly Problem[]): OwnPart => ({
    unusable: {
      outcome: 'unreadable',
      problems: problems.map((problem) => ({ ...problem, file: CONFIGURATION_PATH })),
    },
  });
  switch (own.outcome) {
    case 'unavailable':
      return { unusable: { outcome: 'unavailable', reason: own.reason } };
    case 'unreadable':
      return unreadable([{ line: 1, column: 1, where: '', message: own.message }]);
    case 'text': {
      const { written, problems } = parseOnce(own);
      if (problems !== undefined) return unreadable(problems);
      return { layer: { file: CONFIGURATION_PATH, written, text: own.text } };
    }
  }
}

function ofTools(tools: ToolFiles | undefined): OwnPart {
  if (tools === undefined) return {};
  if (tools.outcome === 'unavailable') return { unusable: tools };
  const { sources, problems } = readTools(tools.texts);
  if (problems.length > 0) return { unusable: { outcome: 'unreadable', problems } };
  if (sources.length === 0) return {};
  const adopted = adoptSources(sources);
  return {
    layer: { file: sources.map(({ name }) => name).join(', '), written: adopted.written },
    notes: [...tools.notes, ...adopted.notes].slice(0, MOST_NOTES).map((note) => note.slice(0, LONGEST_NOTE)),
    problems: adopted.problems,
  };
}

function toFound({ layer, notes = [], problems: own = [] }: OwnPart, above: readonly Parent[]): FoundConfiguration {
  const layers = [...above.map((parent) => parent.layer).toReversed(), ...(layer === undefined ? [] : [layer])];
  if (layers.length === 0) return { outcome: 'none' };
  const { configuration, problems: refused } = resolveLayers(layers);
  if (configuration === undefined) return { outcome: 'unreadable', problems: refused };
  const problems = [...own, ...refused].slice(0, MOST_PROBLEMS);
  const isPlain = layers.length === 1 && layer?.file === CONFIGURATION_PATH;
  return {
    outcome: 'found',
    configuration,
    ...(isPlain ? {} : { sources: layers.map(({ file }) => file).toReversed() }),
    ...(notes.length === 0 ? {} : { notes }),
    ...(problems.length === 0 ? {} : { problems }),
  };
}
