/** How the context of a call travels beside its parameters, between the runner and the functions service. */
import type { IncomingHttpHeaders } from 'node:http';
import type { CallContext } from '../workflow/function.ts';

type Told = Omit<CallContext, 'signal'>;

const PREFIX = 'fairlead-';

/** In the answer: whether the failure may be mended by trying again, and the status that GitHub gave, where it was GitHub. */
export const RETRYABLE_HEADER = `${PREFIX}retryable`;
export const STATUS_HEADER = `${PREFIX}status`;

/** Effect keys hold whatever a workflow's tasks are called, so all of it is percent-encoded. */
export function toCallHeaders({ tenant, runId, effectKey, uncertain }: Told): Readonly<Record<string, string>> {
  return {
    [`${PREFIX}tenant`]: encodeURIComponent(tenant),
    [`${PREFIX}run`]: encodeURIComponent(runId),
    [`${PREFIX}effect-key`]: encodeURIComponent(effectKey),
    [`${PREFIX}uncertain`]: String(uncertain),
  };
}

/** Undefined when one is missing or malformed. */
export function fromCallHeaders(headers: IncomingHttpHeaders): Told | undefined {
  const [tenant, runId, effectKey] = ['tenant', 'run', 'effect-key'].map((name) => decode(headers[PREFIX + name]));
  const uncertain = headers[`${PREFIX}uncertain`];
  if (!tenant || !runId || !effectKey || (uncertain !== 'true' && uncertain !== 'false')) return undefined;
  return { tenant, runId, effectKey, uncertain: uncertain === 'true' };
}

function decode(value: string | readonly string[] | undefined): string | undefined {
  if (typeof value !== 'string') return undefined;
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}
