import type { Notes } from '../../src/store/store.ts';

export function createMemoryNotes(): Notes {
  const notes = new Map<string, string>();
  return {
    read: async (tenant, name) => notes.get(`${tenant} ${name}`),
    write: async (tenant, name, value) => void notes.set(`${tenant} ${name}`, value),
  };
}
