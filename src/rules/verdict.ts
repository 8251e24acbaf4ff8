/**
 * What a condition says of a pull request: why it holds; `false`, that it does not; or undefined where that cannot be known
 * (more files than GitHub tells, a fact that could not be read). Nothing is put on or taken off for what is not known.
 */
import type { View } from './view.ts';

export type Verdict = string | false | undefined;

export type Test = (view: View) => Verdict;

const MOST_REASONS = 4;

/** Holds when each does, for all their reasons. */
export function allOf(tests: readonly Test[]): Test {
  const [only] = tests;
  if (tests.length === 1 && only !== undefined) return only;
  return (view) => {
    const reasons: string[] = [];
    let isKnown = true;
    for (const test of tests) {
      const verdict = test(view);
      if (verdict === false) return false;
      if (verdict === undefined) isKnown = false;
      else if (reasons.length < MOST_REASONS) reasons.push(verdict);
    }
    return isKnown ? reasons.join('; ') : undefined;
  };
}

/** Holds when one does, for the reason of the first. */
export function anyOf(tests: readonly Test[]): Test {
  return (view) => {
    let isKnown = true;
    for (const test of tests) {
      const verdict = test(view);
      if (typeof verdict === 'string') return verdict;
      if (verdict === undefined) isKnown = false;
    }
    return isKnown ? false : undefined;
  };
}

/** Holds when it does not. */
export function notOf(test: Test, reason: string): Test {
  return (view) => {
    const verdict = test(view);
    if (verdict === undefined) return undefined;
    return verdict === false ? reason : false;
  };
}

/** For a condition on a fact that may be unknown. */
export function known<Fact>(fact: Fact | undefined, judge: (fact: Fact) => string | false): Verdict {
  return fact === undefined ? undefined : judge(fact);
}
