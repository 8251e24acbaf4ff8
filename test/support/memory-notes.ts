import type { Notes } from '../../src/store/store.ts';

export function createMemoryNotes(): Notes {
  const notes = new Map<string, { readonly value: string; readonly at?: number }>();
  return {
    read: async (tenant, name) => notes.get(`${tenant} ${name}`)?.value,
    write: async (tenant, name, value) => void notes.set(`${tenant} ${name}`, { value }),
    async change(tenant, name, at, decide) {
      const key = `${tenant} ${name}`;
      const { value, result } = decide(notes.get(key)?.value);
      if (value !== undefined) notes.set(key, { value, at });
      return result;
    },
    async prune(before) {
      const old = [...notes].filter(([, { at }]) => at !== undefined && at < before);
      for (const [key] of old) notes.delete(key);
      return old.length;
    },
  };
}
