/**
 * Commands → what is to be done, and what is refused with why. Of several words about one thing the last holds. Pure: what
 * has to be looked up first is said by `demandsOf`.
 */
import { compileNames } from '../wildcard.ts';
import type { Command, Named, Verb } from './command.ts';
import type { ParsedComment } from './parse-commands.ts';
import { type CommandsPolicy, grantsOf, isGranted, type Speaker, type Unknowns, unknownsOf } from './policy.ts';

export const DEFAULT_HOLD_LABEL = 'do-not-merge/hold';

export interface CommandRules {
  readonly policy: CommandsPolicy | undefined;
  readonly holdLabel: string;
  /** Patterns of labels that only those who may write put on or take off. */
  readonly privileged: readonly string[];
  /** `YYYY-MM-DD` where the repository is. */
  readonly today: string;
}

export interface CommandPlan {
  readonly labels: { readonly add: readonly string[]; readonly remove: readonly string[] };
  readonly assignees: { readonly add: readonly string[]; readonly remove: readonly string[] };
  readonly reviewers: readonly Named[];
  /** Null: nothing was said. */
  readonly away: { readonly until: string | null } | null;
  readonly reviewLater: { readonly hours: number } | null;
  readonly why: boolean;
  readonly retry: boolean;
  readonly help: boolean;
  /** In words for a person. */
  readonly refusals: readonly string[];
}

/** What allows a command: one grant of each list. */
function grantsFor(command: Command, { policy, holdLabel, privileged }: CommandRules): readonly (readonly string[])[] {
  const own = grantsOf(policy, command.verb);
  if (command.verb !== 'label' && command.verb !== 'unlabel') return [own];
  const isPrivileged = compileNames(privileged);
  // The label of a hold is a hold, however it is put on.
  const holds = command.labels.some((label) => label.toLowerCase() === holdLabel.toLowerCase());
  return [
    own,
    ...(holds ? [grantsOf(policy, command.verb === 'label' ? 'hold' : 'unhold')] : []),
    ...(command.labels.some((label) => isPrivileged(label) !== undefined) ? [['write']] : []),
  ];
}

export function demandsOf(commands: readonly Command[], rules: CommandRules, speaker: Speaker): Unknowns {
  const demands = commands.flatMap((command) => grantsFor(command, rules)).map((grants) => unknownsOf(grants, speaker));
  return {
    permission: demands.some(({ permission }) => permission),
    teams: [...new Set(demands.flatMap(({ teams }) => teams))],
  };
}

export function planCommands(
  { commands, problems }: ParsedComment,
  rules: CommandRules,
  speaker: Speaker,
): CommandPlan {
  const labels = new Map<string, { readonly name: string; readonly isOn: boolean }>();
  const assignees = new Map<string, { readonly name: string; readonly isOn: boolean }>();
  const reviewers = new Map<string, Named>();
  const refusals = problems
    .filter(({ verb }) => verb === undefined || !isOff(verb, rules))
    .map(({ line, message }) => `line ${line}: ${message}`);
  const said = new Set<Verb>();
  let away: CommandPlan['away'] = null;
  let reviewLater: CommandPlan['reviewLater'] = null;

  for (const command of commands) {
    if (isOff(command.verb, rules)) continue;
    const missing = grantsFor(command, rules).find((grants) => !isGranted(grants, speaker));
    if (missing !== undefined) {
      refusals.push(`line ${command.line}: /${command.verb} is for ${missing.join(', ')}`);
      continue;
    }
    said.add(command.verb);
    switch (command.verb) {
      case 'label':
      case 'unlabel':
        for (const name of command.labels) labels.set(name.toLowerCase(), { name, isOn: command.verb === 'label' });
        break;
      case 'hold':
      case 'unhold':
        labels.set(rules.holdLabel.toLowerCase(), { name: rules.holdLabel, isOn: command.verb === 'hold' });
        break;
      case 'assign':
      case 'unassign':
        for (const name of command.people.length === 0 ? [speaker.login] : command.people) {
          assignees.set(name.toLowerCase(), { name, isOn: command.verb === 'assign' });
        }
        break;
      case 'cc':
        for (const one of command.whom) reviewers.set(`${one.kind}/${one.name.toLowerCase()}`, one);
        break;
      case 'away':
        if (command.until !== null && !isWithinAYear(command.until, rules.today)) {
          refusals.push(`line ${command.line}: /away takes a day from today (${rules.today}) to a year from now`);
        } else away = { until: command.until };
        break;
      case 'review-later':
        reviewLater = { hours: command.hours };
        break;
      case 'why':
      case 'retry':
      case 'help':
        break;
    }
  }
  return {
    labels: toChange(labels),
    assignees: toChange(assignees),
    reviewers: [...reviewers.values()],
    away,
    reviewLater,
    why: said.has('why'),
    retry: said.has('retry'),
    help: said.has('help'),
    refusals,
  };
}

/** Nobody may use it: another bot's, for all we know. */
function isOff(verb: Verb, { policy }: CommandRules): boolean {
  return grantsOf(policy, verb).every((grant) => grant === 'nobody');
}

function isWithinAYear(day: string, today: string): boolean {
  return day >= today && Date.parse(day) - Date.parse(today) <= 366 * 86_400_000;
}

function toChange(words: ReadonlyMap<string, { readonly name: string; readonly isOn: boolean }>) {
  const named = (wanted: boolean) => [...words.values()].filter(({ isOn }) => isOn === wanted).map(({ name }) => name);
  return { add: named(true), remove: named(false) };
}
