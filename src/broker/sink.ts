/**
 * Where this process sends its events: the URL that a SinkBinding put into `K_SINK`. An event is sent in binary mode and
 * counts as published once the sink has answered 2xx; what Knative's data plane calls worth repeating is repeated, for as
 * long as whoever waits for the publication can be expected to wait.
 *
 * @see https://github.com/knative/specs/blob/main/specs/eventing/data-plane.md
 * @see https://knative.dev/docs/eventing/custom-event-source/sinkbinding/
 */
import { promises as files } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import type { Event } from '../events/event.ts';
import { FairleadError } from '../events/fairlead-error.ts';
import { toHttp } from '../events/http.ts';
import { type Clock, elapsed } from '../observe/clock.ts';
import { isRetryableStatus, nextStep, toDeliveryPlan } from './delivery.ts';
import { postMessage, retryAfterOf } from './post-message.ts';

/** Extension attributes that the platform wants on every event, `K_CE_OVERRIDES`. */
export type Overrides = Readonly<Record<string, string>>;

export interface SinkOptions {
  readonly url: URL;
  readonly overrides?: Overrides;
  /** Holds the token that is sent along; read anew for each event, for it is renewed there. */
  readonly tokenFile?: string | undefined;
  /** Milliseconds in which the sink must have taken the event, all tries together; default 8 seconds, for GitHub waits ten. */
  readonly patienceMs?: number;
}

/** Resolves once the sink has taken the event. @throws FairleadError `broker.unavailable`, `broker.refused`, `event.invalid` */
export type Sink = (event: Event) => Promise<void>;

const DEFAULT_PATIENCE_MS = 8_000;
const PLAN = toDeliveryPlan({ retry: 10, backoffPolicy: 'exponential', backoffDelay: 'PT0.1S' }, 'the sink');

export function createSink(
  { clock, random = Math.random }: { readonly clock: Clock; readonly random?: () => number },
  { url, overrides = {}, tokenFile, patienceMs = DEFAULT_PATIENCE_MS }: SinkOptions,
): Sink {
  return async (event) => {
    const message = toHttp({ ...event, ...overrides });
    const deadline = clock.now() + patienceMs;
    for (let attempt = 1; ; attempt += 1) {
      const error = await attemptOnce();
      if (error === undefined) return;
      const step = nextStep(PLAN, { error, attempt, random: random() });
      if (step.outcome === 'dead' || clock.now() + step.waitMs >= deadline) throw error;
      if (step.waitMs === 0) await turn();
      else await elapsed(clock, step.waitMs);
    }

    async function attemptOnce(): Promise<FairleadError | undefined> {
      const patience = new AbortController();
      const cancel = clock.after(Math.max(deadline - clock.now(), 1), () => patience.abort());
      try {
        const { status, headers } = await postMessage(url, message, { signal: patience.signal, ...(await identity()) });
        if (status >= 200 && status < 300) return undefined;
        return refusal(status, retryAfterOf(headers, clock.now()));
      } catch (error) {
        const why = patience.signal.aborted ? `no answer within ${patienceMs / 1000} s` : codeOf(error);
        return new FairleadError('broker.unavailable', `${url.host} took no event: ${why}.`, { cause: error });
      } finally {
        cancel();
      }
    }
  };

  async function identity(): Promise<{ readonly headers?: Readonly<Record<string, string>> }> {
    if (tokenFile === undefined) return {};
    return { headers: { authorization: `Bearer ${(await files.readFile(tokenFile, 'utf8')).trim()}` } };
  }

  function refusal(status: number, retryAfter: number | undefined): FairleadError {
    const code = isRetryableStatus(status) ? 'broker.unavailable' : 'broker.refused';
    const text = `${url.host} answered the event with ${status}.`;
    return new FairleadError(code, text, retryAfter === undefined ? {} : { retryAfter });
  }
}

function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : 'the connection failed';
}
