/** How large a pull request is: the lines it adds and removes, and the name for so many. */
import type { SIZES } from './condition-schema.ts';
import type { ChangedFile } from './facts.ts';

export type Size = (typeof SIZES)[number];
/** From how many lines on; what is left out is as {@link USUAL}. */
export type Thresholds = Readonly<Partial<Record<Exclude<Size, 'XS'>, number | undefined>>>;

/** Prow's: https://docs.prow.k8s.io/docs/components/plugins/ (size). */
const USUAL = { S: 10, M: 30, L: 100, XL: 500, XXL: 1_000 } as const;

/** The largest size whose threshold is reached, in the order of the names. */
export function sizeOf(lines: number, thresholds: Thresholds = {}): Size {
  let size: Size = 'XS';
  for (const name of ['S', 'M', 'L', 'XL', 'XXL'] as const) if (lines >= (thresholds[name] ?? USUAL[name])) size = name;
  return size;
}

/** Undefined where they were not counted. */
export function linesOf(files: readonly ChangedFile[]): number | undefined {
  let sum = 0;
  for (const { lines } of files) {
    if (lines === undefined) return undefined;
    sum += lines;
  }
  return sum;
}
