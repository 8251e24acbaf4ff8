/** The definitions of a journal in memory: their texts by digest, and when each was last in use. */
export interface MemoryDefinitions {
  keep(digest: string, text: string, at: number): void;
  read(digest: string): string | undefined;
  /** Answers how many were forgotten: not in use since `before`, and not pinned. */
  prune(before: number, pinned: ReadonlySet<string>): number;
}

export function createMemoryDefinitions(): MemoryDefinitions {
  const kept = new Map<string, { readonly text: string; readonly at: number }>();
  return {
    keep(digest, text, at) {
      const known = kept.get(digest);
      kept.set(digest, { text: known?.text ?? text, at: Math.max(known?.at ?? at, at) });
    },
    read: (digest) => kept.get(digest)?.text,
    prune(before, pinned) {
      const old = [...kept].filter(([digest, { at }]) => at < before && !pinned.has(digest));
      for (const [digest] of old) kept.delete(digest);
      return old.length;
    },
  };
}
