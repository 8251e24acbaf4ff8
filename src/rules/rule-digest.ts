/**
 * What a rule demands, as a short word that changes when the demand does: how it is told whether a person's word was about
 * this rule. How a label looks is no part of it, nor in which order keys are written.
 */
import { createHash } from 'node:crypto';

const LENGTH = 16;

/** The digest of the rules that together ask for one thing; of none, too: a first rule is a change. */
export function digestOf(rules: readonly unknown[]): string {
  return createHash('sha256')
    .update(JSON.stringify(rules.map(inOrder)))
    .digest('base64url')
    .slice(0, LENGTH);
}

interface LabelRuleText {
  readonly label: string;
  readonly color?: unknown;
  readonly description?: unknown;
}

/** By label in lower case. Rules that name the same label are one demand. */
export function digestsOfLabels(rules: readonly LabelRuleText[]): ReadonlyMap<string, string> {
  const demands = Map.groupBy(rules, ({ label }) => label.toLowerCase());
  return new Map([...demands].map(([key, group]) => [key, digestOf(group.map(demandOf))]));
}

export function digestOfLabel(rules: readonly LabelRuleText[], name: string): string {
  const key = name.toLowerCase();
  return digestOf(rules.filter(({ label }) => label.toLowerCase() === key).map(demandOf));
}

function demandOf({ label: _, color: __, description: ___, ...conditions }: LabelRuleText): unknown {
  return conditions;
}

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== 'object' || value === null) return value;
  const known = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return known.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, inOrder(inner)]);
}
