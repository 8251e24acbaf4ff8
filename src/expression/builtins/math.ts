import type { Family } from './builtin.ts';

export const math: Family = {};
