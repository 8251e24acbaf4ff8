import type { Family } from './builtin.ts';

export const streams: Family = {};
