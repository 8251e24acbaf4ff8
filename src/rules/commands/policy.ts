/**
 * Who may use which command. What the configuration says of a command stands in place of its default; “nobody” switches it
 * off without a word, for repositories in which another bot answers to the same name.
 */
import { z } from 'zod';
import { VERBS, type Verb } from './command.ts';

const GRANT = /^(?:anyone|author|collaborator|triage|write|nobody|team:[A-Za-z\d_][\w.-]{0,99})$/;

const grant = z
  .string()
  .regex(GRANT, 'must be anyone, author, collaborator, triage, write, nobody or “team:” with the slug of a team');

const grants = z.union([grant, z.array(grant).min(1).max(10)]);

export const commandsPolicy = z
  .strictObject(Object.fromEntries(VERBS.map((verb) => [verb, grants.optional()])) as Shape)
  .describe('By command, who may use it: anyone, author, collaborator, triage, write, team:SLUG, nobody, or several.');

type Shape = Record<Verb, z.ZodOptional<typeof grants>>;

export type CommandsPolicy = z.output<typeof commandsPolicy>;

/** What a command changes is what GitHub lets people with triage change; the author may ask of their own. */
const DEFAULTS: Readonly<Record<Verb, readonly string[]>> = {
  label: ['triage'],
  unlabel: ['triage'],
  assign: ['triage'],
  unassign: ['triage'],
  cc: ['author', 'triage'],
  hold: ['author', 'triage'],
  unhold: ['triage'],
  'review-later': ['collaborator'],
  away: ['collaborator'],
  why: ['anyone'],
  retry: ['author', 'triage'],
  help: ['anyone'],
};

export function grantsOf(policy: CommandsPolicy | undefined, verb: Verb): readonly string[] {
  const given = policy?.[verb];
  if (given === undefined) return DEFAULTS[verb];
  return typeof given === 'string' ? [given] : given;
}

export type Permission = 'none' | 'read' | 'triage' | 'write';

/** Whoever says a command. */
export interface Speaker {
  readonly login: string;
  readonly isAuthor: boolean;
  /** In GitHub's words: `OWNER`, `MEMBER`, `CONTRIBUTOR`, … */
  readonly association: string;
  /** On the repository; undefined as long as it was not looked up. */
  readonly permission?: Permission | undefined;
  /** Of the teams that were looked up, those that they are in. */
  readonly teams?: readonly string[] | undefined;
}

/** What has to be looked up before it is known whether a command is allowed. */
export interface Unknowns {
  readonly permission: boolean;
  readonly teams: readonly string[];
}

const KNOWN: ReadonlySet<string> = new Set(['OWNER', 'MEMBER', 'COLLABORATOR']);
const RANKS: readonly Permission[] = ['none', 'read', 'triage', 'write'];

/** @param grants each may be enough */
export function isGranted(grants: readonly string[], speaker: Speaker): boolean {
  return grants.some((one) => holds(one, speaker) === true);
}

/** Nothing, where what is known allows the command already. */
export function unknownsOf(grants: readonly string[], speaker: Speaker): Unknowns {
  if (isGranted(grants, speaker)) return { permission: false, teams: [] };
  const open = grants.filter((one) => holds(one, speaker) === undefined);
  const teams = open.flatMap((one) => (one.startsWith('team:') ? [one.slice('team:'.length)] : []));
  return { permission: teams.length < open.length, teams };
}

function holds(one: string, { isAuthor, association, permission, teams }: Speaker): boolean | undefined {
  const atLeast = (rank: Permission) => {
    // An owner may do everything, and nobody has to be asked.
    if (association === 'OWNER') return true;
    return permission === undefined ? undefined : RANKS.indexOf(permission) >= RANKS.indexOf(rank);
  };
  switch (one) {
    case 'anyone':
      return true;
    case 'author':
      return isAuthor;
    case 'collaborator':
      // Those who hide that they are members look like strangers.
      return KNOWN.has(association) || atLeast('triage');
    case 'triage':
    case 'write':
      return atLeast(one);
    case 'nobody':
      return false;
    default:
      return teams?.includes(one.slice('team:'.length));
  }
}
