/**
 * The labels that a repository has, and those it is to have → what is to be done, in order. Carried out, the next plan is
 * empty. Nothing is deleted but where that is asked for; a label that a rule puts on is never deleted.
 */
import { type PaletteLabel, toColor } from './palette.ts';

export interface RepositoryLabel {
  readonly name: string;
  /** Six hexadecimal digits. */
  readonly color: string;
  readonly description: string | null;
}

export type LabelChange =
  | { readonly act: 'create'; readonly name: string; readonly color?: string; readonly description?: string }
  | {
      readonly act: 'change';
      readonly name: string;
      /** What is new about it. */
      readonly to: { readonly name?: string; readonly color?: string; readonly description?: string };
      readonly was: RepositoryLabel;
    }
  | { readonly act: 'delete'; readonly name: string };

export interface LabelPlan {
  readonly changes: readonly LabelChange[];
  /** What a person has to put right, in their words. */
  readonly problems: readonly string[];
  /** How many are as they should be. */
  readonly same: number;
}

export function planLabels(
  present: readonly RepositoryLabel[],
  palette: readonly PaletteLabel[],
  options: { readonly prune: boolean /** Labels that rules put on. */; readonly ruled: readonly string[] },
): LabelPlan {
  const byKey = new Map(present.map((label) => [keyOf(label.name), label]));
  const kept = new Set(options.ruled.map(keyOf));
  const changes: LabelChange[] = [];
  const problems: string[] = [];
  let same = 0;
  for (const wanted of palette) {
    const old = (wanted.was ?? []).flatMap((name) => byKey.get(keyOf(name)) ?? []);
    const label = byKey.get(keyOf(wanted.name)) ?? old[0];
    for (const left of old.filter((one) => one !== label)) {
      kept.add(keyOf(left.name));
      problems.push(
        `Both ${label?.name} and ${left.name}, which is to be ${wanted.name}, are there; ` +
          `move what has ${left.name} over and delete it.`,
      );
    }
    if (label === undefined) {
      const { name, color, description } = wanted;
      changes.push({
        act: 'create',
        name,
        ...(color === undefined ? {} : { color: toColor(color) }),
        ...(description === undefined ? {} : { description }),
      });
      continue;
    }
    kept.add(keyOf(label.name));
    const to = differences(label, wanted);
    if (Object.keys(to).length === 0) same += 1;
    else changes.push({ act: 'change', name: label.name, to, was: label });
  }
  if (options.prune) {
    for (const { name } of present) if (!kept.has(keyOf(name))) changes.push({ act: 'delete', name });
  }
  return { changes, problems, same };
}

function differences(label: RepositoryLabel, { name, color, description }: PaletteLabel) {
  return {
    ...(name === label.name ? {} : { name }),
    ...(color === undefined || toColor(color) === toColor(label.color) ? {} : { color: toColor(color) }),
    ...(description === undefined || description === (label.description ?? '') ? {} : { description }),
  };
}

/** To GitHub, names that differ in case alone are one label. */
function keyOf(name: string): string {
  return name.toLowerCase();
}
