/**
 * Which labels are put on and taken off. Rules are read from top to bottom; a condition on labels sees those that people
 * put on and those of the rules above it, never its own, so that carrying a decision out does not change the next one.
 */
import type { Facts, PastAct } from './facts.ts';
import { toColor } from './palette.ts';
import { type Reasoned, sayRefusal } from './reason.ts';
import type { Test, Verdict } from './verdict.ts';
import type { View } from './view.ts';
import { compileNames, type NameMatcher } from './wildcard.ts';

export interface LabelToAdd extends Reasoned {
  /** Six hexadecimal digits, as GitHub writes them. */
  readonly color?: string | undefined;
  readonly description?: string | undefined;
  /** Digest of what its rules demand. */
  readonly rule: string;
}

/** `rule` is there when a person's word is not known to be about a certain rule: from now on it is about this one. */
export interface LabelLeftOff extends Reasoned {
  readonly rule?: string | undefined;
}

export interface LabelDecision {
  readonly add: readonly LabelToAdd[];
  readonly remove: readonly Reasoned[];
  /** Asked for by a rule, and there already. */
  readonly keep: readonly Reasoned[];
  /** Asked for by a rule, and left off all the same. */
  readonly skip: readonly LabelLeftOff[];
}

export interface LabelRule {
  readonly label: string;
  readonly color?: string | undefined;
  readonly description?: string | undefined;
  readonly test: Test;
  /** Whether it looks at files, and at nothing else. */
  readonly byFilesAlone: boolean;
  /** Whether it demands something of the author that they cannot choose. */
  readonly vouches: boolean;
  /** Digest of what all rules for this label demand. */
  readonly digest: string;
}

export interface LabelPolicy {
  /** Each a pattern of names of which one label at a time is on. */
  readonly exclusive: readonly string[];
  readonly privileged: readonly string[];
  /** How many labels rules on files alone may ask for together. */
  readonly cap?: number | undefined;
}

/** https://docs.github.com/en/rest/issues/labels#add-labels-to-an-issue */
const MOST_LABELS = 100;

type Acts = ReadonlyMap<string, PastAct>;

interface Governed {
  readonly rule: LabelRule;
  readonly verdict: Verdict;
  /** Why it is left off though a rule asks for it. */
  readonly withheld?: string | undefined;
  /** True when what is withheld must go, if it is ours. */
  readonly displaced?: boolean;
}

/** To GitHub, names that differ in case alone are one label. */
export function actsOnLabels(past: readonly PastAct[]): Acts {
  return new Map(past.filter(({ kind }) => kind === 'label').map((act) => [act.name.toLowerCase(), act]));
}

/** The labels that are not the doing of these rules. */
export function othersLabels(facts: Facts, rules: readonly LabelRule[], acts: Acts): Map<string, string> {
  const governed = new Set(rules.map(({ label }) => label.toLowerCase()));
  const isOurs = (key: string) => governed.has(key) && acts.get(key)?.state === 'ours';
  return new Map(
    facts.labels.flatMap((name) => (isOurs(name.toLowerCase()) ? [] : [[name.toLowerCase(), name] as const])),
  );
}

/** Writes into `labels`, which `view` shows, what the rules put on. */
export function decideLabels(
  view: View,
  labels: Map<string, string>,
  { rules, policy }: { readonly rules: readonly LabelRule[]; readonly policy: LabelPolicy },
  acts: Acts,
): LabelDecision {
  const governed = govern(view, labels, rules, policy, acts);
  const present = new Map(view.facts.labels.map((name) => [name.toLowerCase(), name]));
  const decision = {
    add: [] as LabelToAdd[],
    remove: [] as Reasoned[],
    keep: [] as Reasoned[],
    skip: [] as LabelLeftOff[],
  };
  for (const [key, { rule, verdict, withheld, displaced }] of governed) {
    const there = present.get(key);
    const act = acts.get(key);
    const isOurs = act?.state === 'ours';
    const name = there ?? rule.label;
    if (typeof verdict === 'string') {
      if (there !== undefined && isOurs && displaced) decision.remove.push({ name, reason: withheld ?? verdict });
      else if (there !== undefined) decision.keep.push({ name, reason: verdict });
      else if (act !== undefined && isRefused(act, rule)) {
        const reason = sayRefusal(act);
        decision.skip.push(act.rule === undefined ? { name, reason, rule: rule.digest } : { name, reason });
      } else if (withheld !== undefined) decision.skip.push({ name, reason: withheld });
      else if (present.size + decision.add.length >= MOST_LABELS) {
        decision.skip.push({ name, reason: `GitHub allows ${MOST_LABELS} labels` });
      } else decision.add.push(toLabel(rule, verdict));
    } else if (there !== undefined && isOurs) {
      if (verdict === undefined) decision.keep.push({ name, reason: 'not all that its rule looks at is known' });
      else decision.remove.push({ name, reason: whyGone(rules, key) });
    }
  }
  return decision;
}

function govern(
  view: View,
  labels: Map<string, string>,
  rules: readonly LabelRule[],
  policy: LabelPolicy,
  acts: Acts,
): ReadonlyMap<string, Governed> {
  const governed = new Map<string, Governed>();
  const groups = policy.exclusive.map((pattern) => ({ pattern, match: compileNames([pattern]) }));
  const isPrivileged = compileNames(policy.privileged);
  const present = new Set(view.facts.labels.map((name) => name.toLowerCase()));

  function objectionTo(rule: LabelRule, key: string): Pick<Governed, 'withheld' | 'displaced'> {
    for (const { pattern, match } of groups) {
      const holder = match(key) === undefined ? undefined : holderOf(labels, match, key);
      if (holder !== undefined) return { withheld: `of ${pattern} there is ${holder} already`, displaced: true };
    }
    if (view.facts.fork && !rule.vouches && isPrivileged(key) !== undefined) {
      return { withheld: 'it is privileged, and the pull request comes from a fork' };
    }
    return {};
  }

  for (const rule of rules) {
    const key = rule.label.toLowerCase();
    const before = governed.get(key);
    if (typeof before?.verdict === 'string' && before.withheld === undefined) continue;
    const verdict = rule.test(view);
    if (typeof verdict === 'string') {
      const objection = objectionTo(rule, key);
      governed.set(key, { rule, verdict, ...objection });
      const act = acts.get(key);
      const stays = present.has(key) || act === undefined || !isRefused(act, rule);
      if (objection.withheld === undefined && stays) labels.set(key, rule.label);
    } else if (before === undefined || (before.verdict === false && verdict === undefined)) {
      governed.set(key, { rule, verdict });
    }
  }
  return capped(governed, policy.cap);
}

function holderOf(labels: ReadonlyMap<string, string>, match: NameMatcher, key: string): string | undefined {
  for (const [other, name] of labels) if (other !== key && match(other) !== undefined) return name;
  return undefined;
}

/** A change of the whole tree matches everybody's paths, and says nothing by it. */
function capped(governed: ReadonlyMap<string, Governed>, cap: number | undefined): ReadonlyMap<string, Governed> {
  const isCounted = ({ rule, verdict, withheld }: Governed) =>
    rule.byFilesAlone && typeof verdict === 'string' && withheld === undefined;
  const count = [...governed.values()].filter(isCounted).length;
  if (cap === undefined || count <= cap) return governed;
  const withheld = `paths ask for ${count} labels, more than the cap of ${cap}`;
  return new Map([...governed].map(([key, one]) => [key, isCounted(one) ? { ...one, withheld } : one]));
}

/** A person's word is about the rule as it was then. */
function isRefused({ state, rule: past }: PastAct, { digest }: LabelRule): boolean {
  return state === 'refused' && (past === undefined || past === digest);
}

function toLabel({ label: name, color, description, digest }: LabelRule, reason: string): LabelToAdd {
  return {
    name,
    reason,
    rule: digest,
    ...(color === undefined ? {} : { color: toColor(color) }),
    ...(description === undefined ? {} : { description }),
  };
}

function whyGone(rules: readonly LabelRule[], key: string): string {
  const byFiles = rules.every(({ label, byFilesAlone }) => label.toLowerCase() !== key || byFilesAlone);
  return byFiles ? 'no changed file matches its rule any more' : 'its rule does not hold any more';
}
