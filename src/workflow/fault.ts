import { FairleadError } from '../events/fairlead-error.ts';
import type { Json } from '../expression/json.ts';

/**
 * A failure inside a workflow: an RFC 7807 problem with the types that the specification lists. `instance` points at the
 * task that raised it.
 *
 * @see https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#error
 */
export interface Fault {
  readonly type: string;
  readonly status: number;
  readonly title?: string;
  readonly detail?: string;
  readonly instance?: string;
}

/** Standard error types with the status each has by default. */
const STANDARD = {
  configuration: 400,
  validation: 400,
  expression: 400,
  authentication: 401,
  authorization: 403,
  timeout: 408,
  communication: 500,
  runtime: 500,
} as const;

export type StandardType = keyof typeof STANDARD;

const EMITTED_BASE = 'https://open-workflow-specification.org/spec/1.0.0/errors/';

/** The specification was renamed and its error URIs moved; files in the field use all four bases for one meaning. */
const STANDARD_URI =
  /^https:\/\/(?:open-workflow-specification\.org|serverlessworkflow\.io(?:\.io)?)\/(?:spec\/1\.0\.0\/errors|dsl\/errors\/types)\/([a-z]+)\/?$/;

/** Thrown by tasks; carries the fault through closures and promises. */
export class WorkflowFault extends Error {
  override readonly name = 'WorkflowFault';
  readonly fault: Fault;
  /** Milliseconds the other side asked us to stay away, where it did. */
  readonly retryAfter: number | undefined;

  constructor(fault: Fault, options: { readonly cause?: unknown; readonly retryAfter?: number | undefined } = {}) {
    super(
      `${fault.title ?? fault.type}${fault.detail === undefined ? '' : `: ${fault.detail}`}`,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.fault = fault;
    this.retryAfter = options.retryAfter;
  }
}

/** A fault of a standard type, with its default status unless another says more. */
export function standardFault(
  type: StandardType,
  title: string,
  detail: string,
  options: { readonly status?: number; readonly instance?: string; readonly cause?: unknown } = {},
): WorkflowFault {
  const fault: Fault = {
    type: EMITTED_BASE + type,
    status: options.status ?? STANDARD[type],
    title,
    detail,
    ...(options.instance === undefined ? {} : { instance: options.instance }),
  };
  return new WorkflowFault(fault, options.cause === undefined ? {} : { cause: options.cause });
}

export function timedOut(instance: string): WorkflowFault {
  return standardFault('timeout', 'Timed out', 'The time allowed is over.', { instance });
}

/** Whatever was thrown, as a fault of the task at `instance`. A fault that names its instance keeps it. */
export function toFault(thrown: unknown, instance: string): WorkflowFault {
  if (thrown instanceof WorkflowFault) {
    if (thrown.fault.instance !== undefined) return thrown;
    return new WorkflowFault({ ...thrown.fault, instance }, { cause: thrown.cause, retryAfter: thrown.retryAfter });
  }
  if (thrown instanceof FairleadError) {
    const fault: Fault = {
      type: `${EMITTED_BASE}communication`,
      status: statusOf(thrown),
      title: thrown.code,
      detail: thrown.message,
      instance,
    };
    return new WorkflowFault(fault, { cause: thrown, retryAfter: thrown.retryAfter });
  }
  const detail = thrown instanceof Error ? thrown.message : String(thrown);
  return standardFault('runtime', 'Unexpected error', detail, { instance, cause: thrown });
}

/** Workflows try again what has a status of 500 or more, so without an answer's own, none that is final has such a status. */
function statusOf({ status, code, retryable }: FairleadError): number {
  if (status !== undefined) return status;
  const named = STATUS_OF_CODE[code.slice(code.indexOf('.') + 1)];
  if (retryable) return named ?? 500;
  return named === undefined || named >= 500 ? 422 : named;
}

/** Statuses for the second half of our own error codes, for errors that no HTTP answer stands behind. */
const STATUS_OF_CODE: Readonly<Record<string, number>> = {
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  invalid: 422,
  rate_limited: 429,
  unavailable: 503,
};

export function faultToJson(fault: Fault): Json {
  return { ...fault };
}

/** A problem as data back as a fault; for the outcome of a sub-flow and for journals. */
export function faultFromJson(value: Json): WorkflowFault {
  const fault = value as unknown as Fault;
  return new WorkflowFault({ ...fault });
}

/** Whether two error types mean the same: standard ones compare by their name whichever base they stand under. */
export function sameErrorType(a: string, b: string): boolean {
  return a === b || (standardName(a) !== undefined && standardName(a) === standardName(b));
}

function standardName(uri: string): string | undefined {
  const name = STANDARD_URI.exec(uri)?.[1];
  return name !== undefined && name in STANDARD ? name : undefined;
}
