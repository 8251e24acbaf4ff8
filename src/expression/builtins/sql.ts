import type { Family } from './builtin.ts';

export const sql: Family = {};
