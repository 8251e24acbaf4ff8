/** One figure: what we measured, what each peer measured in the same run, and whether the ratio meets its goal. */
export interface Figure {
  readonly figure: string;
  readonly unit: string;
  readonly ours: number;
  readonly peers: Readonly<Record<string, number>>;
  /** Ours against the peer that the goal names, as the goal counts it (larger is better unless `goal` starts with `<=`). */
  readonly ratio: number;
  /** Such as `>= 1.0` or `<= 2.0`; absent for a figure that is only shown. */
  readonly goal?: `${'>=' | '<='} ${number}`;
}

export interface Report {
  add(figure: Figure): void;
  /** A line of context (machine, method); left out of `--json`. */
  note(text: string): void;
  /** Prints what is left to print and returns the exit code: 1 when a goal was missed. */
  close(): number;
}

function isMet(figure: Figure): boolean | undefined {
  if (figure.goal === undefined) return undefined;
  const [sign, bound] = figure.goal.split(' ') as ['>=' | '<=', string];
  return sign === '>=' ? figure.ratio >= Number(bound) : figure.ratio <= Number(bound);
}

function toRow(figure: Figure): string {
  const met = isMet(figure);
  const peers = Object.entries(figure.peers).map(([name, value]) => `${name} ${format(value)}`);
  const verdict = met === undefined ? '' : `  goal ${figure.goal} ${met ? 'met' : 'MISSED'}`;
  return `${figure.figure.padEnd(60)} ${format(figure.ours).padStart(12)} ${figure.unit.padEnd(14)} ${peers.join(', ')}  ratio ${format(figure.ratio)}${verdict}`;
}

function format(value: number): string {
  return Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3);
}

/** The middle value; the mean of the two middle ones for an even count. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Collects the figures of one benchmark and prints each as it comes: a table row, or a JSON line with `json`. */
export function createReport(bench: string, options: { readonly json: boolean }): Report {
  let missed = 0;
  return {
    add(figure) {
      const met = isMet(figure);
      if (met === false) missed += 1;
      const { figure: name, unit, ours, peers, ratio, goal } = figure;
      const line = { bench, figure: name, unit, ours, peers, ratio, goal: goal ?? null, met: met ?? null };
      process.stdout.write(options.json ? `${JSON.stringify(line)}\n` : `${toRow(figure)}\n`);
    },
    note(text) {
      if (!options.json) process.stdout.write(`${text}\n`);
    },
    close: () => (missed > 0 ? 1 : 0),
  };
}
