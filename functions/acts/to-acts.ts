/** Acts as the rules decide on them → as they are done: comments with their placeholders filled, and only those that differ. */
import { PLACEHOLDER, type Placeholder } from '../../src/rules/act-schema.ts';
import { type ActDecision, type Act as Decided, nameOfAct, purposeOf } from '../../src/rules/acts.ts';
import type { Facts } from '../../src/rules/facts.ts';
import { digestOf } from '../../src/rules/rule-digest.ts';
import type { LedgerEntry } from '../context.ts';
import { toCode } from '../markdown.ts';
import type { Act } from './act.ts';

const MOST_LABELS = 20;

export interface Acts {
  /** What is to be done. */
  readonly do: Act[];
  /** Asked for by a rule, and not done all the same. */
  readonly left: { readonly name: string; readonly reason: string }[];
}

/** Undefined where there is nothing to do and nothing to tell. `labels` are those that it comes to have. */
export function toActs(
  { acts, left }: ActDecision,
  facts: Facts & { readonly node?: string | undefined },
  labels: readonly string[],
  past: readonly LedgerEntry[],
): Acts | undefined {
  const doing = acts.flatMap((one): readonly Act[] => {
    switch (one.act) {
      case 'comment':
        return toComment(one, facts, labels, past);
      case 'automerge':
      case 'noAutomerge':
        return facts.node === undefined ? [] : [{ ...one, node: facts.node }];
      default:
        return [one];
    }
  });
  return doing.length + left.length === 0 ? undefined : { do: doing, left: [...left] };
}

export function tellAct(one: Act): { readonly name: string; readonly reason: string } {
  return { name: nameOfAct(one), reason: one.reason };
}

function toComment(
  decided: Extract<Decided, { readonly act: 'comment' }>,
  facts: Facts,
  labels: readonly string[],
  past: readonly LedgerEntry[],
): readonly Act[] {
  const text = fill(decided.text, facts, labels);
  const rule = `${decided.rule}.${digestOf([text])}`;
  const purpose = purposeOf(decided.name);
  const before = past.find(({ kind, name }) => kind === 'comment' && name === purpose);
  return before?.state === 'ours' && before.rule === rule ? [] : [{ ...decided, text, rule }];
}

/** Once: what a placeholder stands for is not looked at for placeholders. */
function fill(text: string, facts: Facts, labels: readonly string[]): string {
  const values: Readonly<Record<Placeholder, () => string>> = {
    // Letters, digits and hyphens, and [bot]: nothing that Markdown reads, so that @{author} is a mention.
    author: () => facts.author.replace(/[^\w[\]-]/g, ''),
    title: () => toCode(facts.title),
    number: () => String(facts.number),
    base: () => toCode(facts.base),
    head: () => toCode(facts.head),
    labels: () => (labels.length === 0 ? '–' : labels.slice(0, MOST_LABELS).map(toCode).join(', ')),
  };
  return text.replaceAll(PLACEHOLDER, (whole, name: string) =>
    Object.hasOwn(values, name) ? values[name as Placeholder]() : whole,
  );
}
