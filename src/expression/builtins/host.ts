import type { Family } from './builtin.ts';

export const host: Family = {};
