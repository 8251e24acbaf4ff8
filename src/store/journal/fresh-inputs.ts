/**
 * Inputs of runs that this process has just created. It claims nearly all of them within milliseconds, and then neither
 * reads a webhook's payload back from the store nor parses it. Bounded; what is not here is read.
 */
import type { Body } from './body.ts';
import type { Json } from './run.ts';

export interface FreshInputs {
  /** `body` is the input as it was written, for its size. */
  keep(tenant: string, runId: string, input: Json, body: Body): void;
  find(tenant: string, runId: string): { readonly input: Json } | undefined;
  drop(tenant: string, runId: string): void;
}

const MOST = 256;

/** Long ones (kept apart in the store, too) would make the bound on their number none on memory. */
export function createFreshInputs(): FreshInputs {
  const held = new Map<string, { readonly input: Json }>();
  return {
    keep(tenant, runId, input, body) {
      if (body.payload !== undefined) return;
      held.set(keyOf(tenant, runId), { input });
      const [oldest] = held.keys();
      if (held.size > MOST && oldest !== undefined) held.delete(oldest);
    },
    find: (tenant, runId) => held.get(keyOf(tenant, runId)),
    drop: (tenant, runId) => void held.delete(keyOf(tenant, runId)),
  };
}

function keyOf(tenant: string, runId: string): string {
  return `${tenant} ${runId}`;
}
