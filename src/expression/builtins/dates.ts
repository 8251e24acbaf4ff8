import type { Family } from './builtin.ts';

export const dates: Family = {};
