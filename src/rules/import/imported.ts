/** What a file of another tool says in Fairlead's words, and wherein the two differ. */
import type { z } from 'zod';
import type { configurationSchema } from '../configuration.ts';

type Written = z.input<typeof configurationSchema>;
export type LabelWritten = NonNullable<Written['labels']>[number];
export type ReviewerWritten = NonNullable<Written['reviewers']>[number];

export type AssignWritten = NonNullable<Written['assign']>[number];

export interface Imported {
  readonly labels: readonly LabelWritten[];
  readonly reviewers: readonly ReviewerWritten[];
  readonly assign?: readonly AssignWritten[];
  readonly cap?: number | undefined;
  /** Each a difference that somebody has to know, or something that could not be taken over. */
  readonly notes: readonly string[];
}

const LOGIN = /^[A-Za-z\d](?:[A-Za-z\d_-]{0,98}[A-Za-z\d])?$/;

/** Logins that can be asked; the others are noted. */
export function toLogins(names: readonly unknown[], note: (text: string) => void): readonly string[] {
  return names.flatMap((name) => {
    const login = String(name).replace(/^@/, '');
    if (LOGIN.test(login)) return [login];
    note(`“${String(name)}” is not a login, and is left out.`);
    return [];
  });
}

/** A YAML value as the list that it stands for. */
export function toList(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

export function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
