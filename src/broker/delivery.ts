/**
 * What becomes of a delivery that failed: tried again later, or a dead letter. Pure; the same rules as Knative's data
 * plane, so that a subscriber meets the same broker in one process and on a cluster:
 *
 * - the nth retry waits `backoffDelay × 2^(n-1)` (exponential) or `backoffDelay × (n-1)` (linear), up to a fifth longer at
 *   random, so that what failed together does not come back together, and never more than a day;
 * - a `Retry-After` longer than that is respected, up to `retryAfterMax`;
 * - 404, 408, 409, 429 and 5xx are tried again, other answers are final.
 *
 * @see https://github.com/knative/specs/blob/main/specs/eventing/data-plane.md#event-delivery
 * @see https://knative.dev/docs/eventing/event-delivery/
 */
import { FairleadError, isRetryable } from '../events/fairlead-error.ts';
import type { DeliveryPolicy } from './broker.ts';
import { parseDuration } from './duration.ts';

/**
 * The policy of a trigger that states none, and of the Broker in `knative/base/`: 66 minutes and 45 seconds in all, and never
 * more than a minute and a half to the next try (docs/decisions/0004-broker-and-lanes.md).
 */
export const DEFAULT_POLICY: DeliveryPolicy = { retry: 90, backoffPolicy: 'linear', backoffDelay: 'PT1S' };

const DEFAULT_TIMEOUT = 'PT1M';
const DEFAULT_RETRY_AFTER_MAX = 'PT1H';
const LONGEST_WAIT_MS = 86_400_000;
/** Largest share of a wait that is added to it at random. */
const JITTER = 0.2;
/** Reasons are for a person to read in a list, not a place to keep what a subscriber answered. */
const LONGEST_REASON = 500;

/** A policy with its durations in milliseconds. */
export interface DeliveryPlan {
  readonly retry: number;
  readonly backoffPolicy: 'exponential' | 'linear';
  readonly delayMs: number;
  readonly timeoutMs: number;
  readonly retryAfterMaxMs: number;
}

/** @param where what the policy belongs to. @throws FairleadError `config.invalid` */
export function toDeliveryPlan(policy: DeliveryPolicy, where: string): DeliveryPlan {
  const { retry, backoffPolicy, backoffDelay, timeout, retryAfterMax } = policy;
  if (!Number.isSafeInteger(retry) || retry < 0) {
    throw new FairleadError('config.invalid', `${where}.retry must be a whole number, 0 or more.`);
  }
  if (backoffPolicy !== 'exponential' && backoffPolicy !== 'linear') {
    throw new FairleadError('config.invalid', `${where}.backoffPolicy must be "exponential" or "linear".`);
  }
  return {
    retry,
    backoffPolicy,
    delayMs: parseDuration(backoffDelay, `${where}.backoffDelay`),
    timeoutMs: parseDuration(timeout ?? DEFAULT_TIMEOUT, `${where}.timeout`),
    retryAfterMaxMs: parseDuration(retryAfterMax ?? DEFAULT_RETRY_AFTER_MAX, `${where}.retryAfterMax`),
  };
}

/** Whether Knative's data plane delivers again after an answer of this HTTP status. */
export function isRetryableStatus(status: number): boolean {
  return status >= 500 || status === 404 || status === 408 || status === 409 || status === 429;
}

export type NextStep =
  | { readonly outcome: 'retry'; readonly waitMs: number; readonly reason: string }
  | { readonly outcome: 'dead'; readonly reason: string; readonly status?: number };

/**
 * @param failure.attempt the try that failed; 1 for the first
 * @param failure.random between 0 and 1
 */
export function nextStep(
  plan: DeliveryPlan,
  failure: { readonly error: unknown; readonly attempt: number; readonly random: number },
): NextStep {
  const { error, attempt, random } = failure;
  const reason = reasonOf(error);
  if (attempt <= plan.retry && isWorthRetrying(error)) {
    return { outcome: 'retry', waitMs: waitBeforeRetry(plan, { retry: attempt, error, random }), reason };
  }
  const status = statusOf(error);
  return status === undefined ? { outcome: 'dead', reason } : { outcome: 'dead', reason, status };
}

function waitBeforeRetry(plan: DeliveryPlan, failed: { retry: number; error: unknown; random: number }): number {
  const { retry, error, random } = failed;
  const factor = plan.backoffPolicy === 'exponential' ? 2 ** (retry - 1) : retry - 1;
  const backoff = Math.min(plan.delayMs * factor * (1 + JITTER * random), LONGEST_WAIT_MS);
  const asked = error instanceof FairleadError ? (error.retryAfter ?? 0) : 0;
  return Math.round(Math.max(backoff, Math.min(asked, plan.retryAfterMaxMs)));
}

function isWorthRetrying(error: unknown): boolean {
  const status = statusOf(error);
  return error instanceof FairleadError || status === undefined ? isRetryable(error) : isRetryableStatus(status);
}

function statusOf(error: unknown): number | undefined {
  const status = error instanceof Error && 'status' in error ? error.status : undefined;
  return typeof status === 'number' && Number.isInteger(status) ? status : undefined;
}

function reasonOf(error: unknown): string {
  const text = error instanceof FairleadError ? `${error.code}: ${error.message}` : String(error);
  return text.length > LONGEST_REASON ? `${text.slice(0, LONGEST_REASON)}…` : text;
}
