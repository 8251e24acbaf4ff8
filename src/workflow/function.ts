import type { z } from 'zod';

/** What the runtime tells a called function about the call, whichever way it gets there. */
export interface CallContext {
  readonly tenant: string;
  readonly runId: string;
  /** Unique for this task of this run (and iteration), the same at every try: the idempotency key of the call's effect. */
  readonly effectKey: string;
  /** True when an earlier try may have had its effect already (a retry, or a run resumed after a crash): look before acting. */
  readonly uncertain: boolean;
  /** Aborted when the run is cancelled, superseded or times out. */
  readonly signal: AbortSignal;
}

/** One act that a workflow can call by its `operationId`; the OpenAPI document is generated from these. */
export interface FunctionDefinition<Input extends z.ZodType, Output extends z.ZodType, Context extends CallContext> {
  readonly operationId: string;
  readonly summary: string;
  readonly input: Input;
  readonly output: Output;
  /** Throws `FairleadError`; its `status` (or code) becomes the status of the RFC 7807 fault. */
  handle(input: z.output<Input>, context: Context): Promise<z.input<Output>>;
}

/** Declares a function, inferring its types from its schemas. */
export function defineFunction<Input extends z.ZodType, Output extends z.ZodType, Context extends CallContext>(
  definition: FunctionDefinition<Input, Output, Context>,
): FunctionDefinition<Input, Output, Context> {
  return definition;
}
