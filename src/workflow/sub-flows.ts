import { isBelow } from './is-below.ts';
import type { Entry } from './journal.ts';

/**
 * The sub-flows that a run waits for. One that nobody waits for any more, because a task around the waiting one has ended, is
 * to be cancelled; which those are follows from the journal. So a process that died before it cancelled them is made up for
 * by the next, and one that dies right after has not done it too early.
 */
export interface SubFlows {
  /** Takes the next entry of the journal; answers the runs that nobody waits for from then on. */
  follow(entry: Entry): readonly string[];
  /** Those that are waited for now. */
  awaited(): readonly string[];
}

/** As the history has them, and those that the claim before this one may not have come to cancel. */
export function readSubFlows(entries: readonly Entry[]): {
  readonly subFlows: SubFlows;
  readonly left: readonly string[];
} {
  const subFlows = createSubFlows();
  let left: string[] = [];
  for (const entry of entries) {
    const more = subFlows.follow(entry);
    // A run rests when all that followed from its entries is done.
    if (entry.kind === 'rested') left = [];
    else left.push(...more);
  }
  return { subFlows, left };
}

const NONE: readonly string[] = [];

function createSubFlows(): SubFlows {
  /** Ids by position; most runs never have any. */
  let awaited: Map<string, string> | undefined;

  function leave(awaited: Map<string, string>, place: string): readonly string[] {
    const left: string[] = [];
    for (const [position, id] of awaited) {
      const isOver = withoutGeneration(position) === place;
      if (!isOver && !isBelow(position, place)) continue;
      awaited.delete(position);
      if (!isOver) left.push(id);
    }
    return left;
  }

  return {
    awaited: () => (awaited === undefined ? NONE : [...awaited.values()]),
    follow({ kind, position, body }) {
      if (kind === 'child') awaited = (awaited ?? new Map<string, string>()).set(position, body as string);
      if (awaited === undefined || awaited.size === 0) return NONE;
      switch (kind) {
        case 'heard':
          awaited.delete(position);
          return NONE;
        case 'done':
        case 'failed':
        case 'caught':
        case 'retry':
          return leave(awaited, withoutGeneration(position));
        case 'faulted':
          awaited.clear();
          return NONE;
        default:
          return NONE;
      }
    },
  };
}

function withoutGeneration(position: string): string {
  return position.replace(/~g\d+$/, '');
}
