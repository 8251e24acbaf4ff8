/**
 * One HTTP exchange with GitHub, as the `fetch` that Octokit is given: it ends after {@link TIMEOUT_MS}, its answer is
 * read whole and bounded, and it is counted. Octokit by itself takes a body that breaks off for an empty one.
 */
import { FairleadError } from '../events/fairlead-error.ts';
import type { Clock } from '../observe/clock.ts';
import type { Metrics } from '../observe/metrics.ts';

export type Fetch = typeof globalThis.fetch;

export interface ExchangeDependencies {
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly fetch: Fetch;
}

const TIMEOUT_MS = 30_000;
/** A page of a hundred files with their patches stays well below it. */
const LARGEST_BODY = 32 * 1024 * 1024;

/** `tenant` is whose rate limit the answers tell of; undefined for calls of the App itself. */
export function createExchange(dependencies: ExchangeDependencies, tenant: string | undefined): Fetch {
  const { clock, metrics } = dependencies;
  return async (input, init) => {
    const method = init?.method ?? 'GET';
    const startedAt = clock.now();
    let status = 'none';
    try {
      const timeout = AbortSignal.timeout(TIMEOUT_MS);
      const signal = init?.signal ? AbortSignal.any([init.signal, timeout]) : timeout;
      const response = await dependencies.fetch(input, { ...init, signal });
      const body = await readBounded(response);
      status = String(response.status);
      const remaining = response.headers.get('x-ratelimit-remaining');
      if (tenant !== undefined && remaining !== null && remaining !== '') {
        metrics.set('github_rate_limit_remaining', { tenant }, Number(remaining));
      }
      return Object.assign(response, { text: async () => body.toString('utf8') });
    } finally {
      metrics.count('github_requests_total', { method, status });
      metrics.time('github_request_seconds', { method }, (clock.now() - startedAt) / 1000);
    }
  };
}

async function readBounded(response: Response): Promise<Buffer> {
  if (response.body === null) return Buffer.alloc(0);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body) {
    size += chunk.length;
    if (size > LARGEST_BODY) {
      throw new FairleadError('github.unavailable', `GitHub’s answer is larger than ${LARGEST_BODY} bytes.`, {
        retryable: false,
        status: response.status,
      });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}
