import type { Json } from '../expression/json.ts';
import type { CallContext } from './function.ts';

/** One operation of a host's own document, as `call: openapi` names it. */
export interface Operation {
  /** `document.endpoint` of the task, e.g. `fairlead://functions/openapi.json`. */
  readonly document: string;
  readonly operationId: string;
  readonly parameters: Readonly<Record<string, Json>>;
}

/**
 * The host's own functions: a local table in one process, an HTTP service on a cluster. The runtime asks it for every
 * OpenAPI document whose URI it answers for; other documents are fetched and called over HTTP by the runtime itself.
 */
export interface Caller {
  /** Whether this caller answers for the document. */
  answers(document: string): boolean;
  /** Names of the operations of a document, for the validator; undefined when it cannot tell. */
  operations(document: string): ReadonlySet<string> | undefined;
  /** Rejects with a `FairleadError` or a workflow fault. */
  call(operation: Operation, context: CallContext): Promise<Json>;
}
