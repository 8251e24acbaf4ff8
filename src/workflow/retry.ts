import type { Json } from '../expression/json.ts';
import type { WorkflowFault } from './fault.ts';
import type { TaskFrame } from './frame.ts';
import { suggest } from './problem.ts';
import type { DurationSource, RetryPolicy } from './schema/values.ts';
import { compileCondition, compileDuration, type Owner } from './template.ts';

/** Tells whether and when to try again. */
export interface Retry {
  /** Milliseconds one attempt may take, where the policy limits it. */
  attemptLimit(frame: TaskFrame): number | undefined;
  /** Milliseconds to wait before the next attempt, or undefined when the policy has had enough. */
  delay(failure: Failure, frame: TaskFrame): number | undefined;
}

interface Failure {
  readonly fault: WorkflowFault;
  /** Attempts made, the failed one included. */
  readonly attempts: number;
  /** Milliseconds since the first attempt began. */
  readonly elapsed: number;
}

/** No policy waits longer than this between two attempts, however often it has doubled. */
const MAX_DELAY_MS = 30 * 24 * 60 * 60 * 1000;

/**
 * `limit.attempt.count` counts retries: 5 means six attempts in all. `linear` waits n times the delay before the n-th
 * retry, `exponential` 2ⁿ⁻¹ times; jitter is added on top. Where the other side asked for a longer wait, that is kept.
 *
 * @see https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#retry
 */
export function compileRetry(owner: Owner, source: RetryPolicy | string, below: readonly string[]): Retry {
  const [policy, at, place] = resolve(owner, source, below);
  const when = policy.when === undefined ? undefined : compileCondition(at, policy.when, [...place, 'when']);
  const exceptWhen =
    policy.exceptWhen === undefined ? undefined : compileCondition(at, policy.exceptWhen, [...place, 'exceptWhen']);
  const base = optionalDuration(at, policy.delay, [...place, 'delay']);
  const from = optionalDuration(at, policy.jitter?.from, [...place, 'jitter', 'from']);
  const to = optionalDuration(at, policy.jitter?.to, [...place, 'jitter', 'to']);
  const count = policy.limit?.attempt?.count;
  const total = optionalDuration(at, policy.limit?.duration, [...place, 'limit', 'duration']);
  const perAttempt = optionalDuration(at, policy.limit?.attempt?.duration, [...place, 'limit', 'attempt', 'duration']);

  return {
    attemptLimit: (frame) => perAttempt?.(frame.input, frame),
    delay({ fault, attempts, elapsed }, frame) {
      const input: Json = frame.input;
      if (count !== undefined && attempts > count) return undefined;
      if (when !== undefined && !when(input, frame)) return undefined;
      if (exceptWhen?.(input, frame)) return undefined;
      const factor = policy.backoff === undefined ? 1 : growth(policy.backoff, attempts);
      const low = from?.(input, frame) ?? 0;
      const jitter = low + frame.world.random() * Math.max(0, (to?.(input, frame) ?? 0) - low);
      const wanted = (base?.(input, frame) ?? 0) * factor + jitter;
      const delay = Math.round(Math.max(Math.min(wanted, MAX_DELAY_MS), fault.retryAfter ?? 0));
      return total !== undefined && elapsed + delay > total(input, frame) ? undefined : delay;
    },
  };
}

function optionalDuration(owner: Owner, source: DurationSource | undefined, below: readonly string[]) {
  return source === undefined ? undefined : compileDuration(owner, source, below);
}

function growth(backoff: NonNullable<RetryPolicy['backoff']>, attempts: number): number {
  if ('linear' in backoff) return attempts;
  return 'exponential' in backoff ? 2 ** (attempts - 1) : 1;
}

function resolve(
  owner: Owner,
  source: RetryPolicy | string,
  below: readonly string[],
): [RetryPolicy, Owner, readonly string[]] {
  if (typeof source !== 'string') return [source, owner, below];
  const known = owner.compilation.use.retries ?? {};
  const named = known[source];
  if (named === undefined) {
    owner.compilation.report([...owner.path, ...below], `There is no retry policy “${source}” in use.retries.`, {
      hint: suggest(source, Object.keys(known)),
    });
  }
  return [named ?? {}, { ...owner, path: ['use', 'retries', source] }, []];
}
