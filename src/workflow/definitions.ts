import type { Definition } from './definition.ts';
import type { Definitions } from './ports.ts';

/** A fixed set of definitions to look things up in. Two of one name and version are told apart by their digest alone. */
export function createDefinitions(definitions: readonly Definition[]): Definitions<Definition> {
  const byDigest = new Map(definitions.map((definition) => [definition.ref.digest, definition]));
  return {
    byDigest: (digest) => byDigest.get(digest),
    byName(namespace, name, version) {
      const named = definitions.filter(({ ref }) => ref.namespace === namespace && ref.name === name);
      if (version !== 'latest') return named.find(({ ref }) => ref.version === version);
      return named.toSorted((a, b) => compareVersions(a.ref.version, b.ref.version)).at(-1);
    },
  };
}

/** Precedence of semantic versions. @see https://semver.org/#spec-item-11 */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [parse(a), parse(b)];
  for (let index = 0; index < 3; index += 1) {
    const difference = (left.core[index] ?? 0) - (right.core[index] ?? 0);
    if (difference !== 0) return difference;
  }
  if (left.pre.length === 0 || right.pre.length === 0) return right.pre.length - left.pre.length;
  for (let index = 0; index < Math.max(left.pre.length, right.pre.length); index += 1) {
    const difference = comparePart(left.pre[index], right.pre[index]);
    if (difference !== 0) return difference;
  }
  return 0;
}

function parse(version: string): { readonly core: readonly number[]; readonly pre: readonly string[] } {
  const [bare = ''] = version.split('+');
  const dash = bare.indexOf('-');
  const core = (dash < 0 ? bare : bare.slice(0, dash)).split('.').map(Number);
  return { core, pre: dash < 0 ? [] : bare.slice(dash + 1).split('.') };
}

function comparePart(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? -1 : 1;
  const [x, y] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (x && y) return Number(a) - Number(b);
  if (x !== y) return x ? -1 : 1;
  return a === b ? 0 : a < b ? -1 : 1;
}
