/**
 * Answers of requests that say `request: { remembered: true }`, kept with their ETag: the same request asks whether anything has
 * changed, and `304 Not Modified`, which costs nothing of the rate limit, hands out what is kept. In memory, and
 * bounded: what was asked for longest ago goes first.
 * @see https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#use-conditional-requests-if-appropriate
 */
import type { Octokit } from '@octokit/rest';

type Answer = Awaited<ReturnType<Octokit['request']>>;

interface Kept {
  readonly etag: string;
  readonly answer: Answer;
}

export interface Remembered {
  /** `key` names the tenant as well: nobody is handed what another installation may see. */
  recall(key: string): Kept | undefined;
  /** `length` is that of the answer's text. */
  keep(key: string, answer: Answer, length: number): void;
}

const KEPT = 500;
/** In characters; together at most {@link KEPT} times as much. */
const LARGEST = 64 * 1024;

export function createRemembered(): Remembered {
  const kept = new Map<string, Kept>();
  return {
    recall(key) {
      const known = kept.get(key);
      if (known === undefined) return undefined;
      kept.delete(key);
      kept.set(key, known);
      return known;
    },
    keep(key, answer, length) {
      const { etag } = answer.headers;
      kept.delete(key);
      if (etag === undefined || length > LARGEST) return;
      kept.set(key, { etag, answer });
      const [oldest] = kept.keys();
      if (kept.size > KEPT && oldest !== undefined) kept.delete(oldest);
    },
  };
}
