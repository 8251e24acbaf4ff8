import { type Answer, refusal } from './answer.ts';

/** Which requests a fault is for. */
export interface Match {
  /** Default any. */
  readonly method?: string;
  /** Tested against the path without query. Default any. */
  readonly path?: RegExp;
  /** How many requests it is for; default 1. */
  readonly times?: number;
}

export interface Failure {
  /** What is answered instead; without it the connection is dropped. */
  readonly status?: number;
  readonly message?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether GitHub does what was asked before it fails to say so. */
  readonly afterEffect?: boolean;
}

/** What befalls one request. */
export interface Fault {
  /** Holds the request back until it resolves. */
  readonly held: Promise<void> | undefined;
  readonly failure: Failure | undefined;
}

/** Lets go of what it holds. */
export interface Release {
  (): void;
  /** Resolves when a request is being held. */
  readonly reached: Promise<void>;
}

/** Failures and delays that a test orders for requests to come. Each matching request uses up the oldest that fits. */
export interface Faults {
  /** The function returned ends it, whatever is left of its times. */
  fail(match: Match, failure: Failure): () => void;
  /** Holds matching requests back; the function returned lets them go. */
  hold(match: Match): Release;
  take(method: string, path: string): Fault;
}

interface Order {
  readonly match: Match;
  readonly fault: Fault;
  readonly onTaken: () => void;
  left: number;
}

export function createFaults(): Faults {
  const orders: Order[] = [];
  const order = (match: Match, fault: Fault, onTaken = () => {}) => {
    const ordered = { match, fault, onTaken, left: match.times ?? 1 };
    orders.push(ordered);
    return () => {
      ordered.left = 0;
    };
  };
  return {
    fail: (match, failure) => order(match, { failure, held: undefined }),
    hold: (match) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const reached = Promise.withResolvers<void>();
      order(match, { held: promise, failure: undefined }, reached.resolve);
      return Object.assign(() => resolve(), { reached: reached.promise });
    },
    take: (method, path) => {
      const found = orders.find(
        ({ match, left }) =>
          left > 0 && (match.method ?? method) === method && (match.path === undefined || match.path.test(path)),
      );
      if (!found) return { held: undefined, failure: undefined };
      found.left -= 1;
      found.onTaken();
      return found.fault;
    },
  };
}

/** The answer that a failure gives; undefined when it drops the connection. */
export function answerOf(failure: Failure): Answer | undefined {
  if (failure.status === undefined) return undefined;
  const answer = refusal(failure.status, failure.message ?? 'An injected failure');
  return failure.headers ? { ...answer, headers: failure.headers } : answer;
}
