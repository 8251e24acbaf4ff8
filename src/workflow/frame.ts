import type { Json } from '../expression/json.ts';
import type { Caller } from './caller.ts';
import type { CallContext } from './function.ts';
import type { HttpClient } from './http.ts';
import type { Journal } from './journal.ts';
import type { Clock, Definitions, EventBus, KnownDefinition, Limits } from './ports.ts';
import type { Run } from './run.ts';
import type { Strand } from './strands.ts';

/** What tasks may use of the world outside their run. */
export interface World {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly bus: EventBus;
  readonly caller: Caller;
  readonly definitions: Definitions;
  /** Functions of the host that `call` names directly. */
  readonly functions: HostFunctions;
  readonly http: HttpClient;
  /** A parsed JSON or YAML document by its URL, kept for a while. */
  document(url: string, fetch: () => Promise<Json>): Promise<Json>;
  readonly limits: Limits;
  /** Uniform in [0, 1); for jitter. */
  readonly random: () => number;
  readonly runtime: { readonly name: string; readonly version: string; readonly metadata: Json };
  /** Named places where a test may end the process. */
  crashPoint(name: string, position: string): void;
}

export type HostFunctions = Readonly<Record<string, (input: Json, context: CallContext) => Promise<Json>>>;

/** Variables that tasks bind for the tasks within them: `$item`, `$index`, `$error` and the like. Inner ones hide outer ones. */
export interface Variables {
  readonly name: string;
  readonly value: Json;
  readonly outer: Variables | undefined;
}

/** The run as one list of tasks sees it. */
export interface Frame {
  readonly world: World;
  readonly run: Run;
  readonly definition: KnownDefinition;
  readonly secrets: Secrets;
  readonly strand: Strand;
  /** Journal position of the task that the list belongs to; '' for the workflow itself. */
  readonly position: string;
  readonly variables: Variables | undefined;
  /** Which try of the enclosing `try` this is; above 1, effects may have happened before. */
  readonly attempt: number;
  /** Nothing before this point has been executed by the present claim, and an earlier claim was cut off. */
  uncertain: boolean;
  /** When the step before was recorded: the same after every restart, unlike the time it is. */
  since: number;
  /** The task that extensions' tasks stand around; `$task` is that one. */
  readonly extended: TaskFrame | undefined;
}

/** What a task is called and where it stands. */
export interface TaskIdentity {
  readonly name: string;
  /** JSON pointer into the document; faults name it as their `instance`. */
  readonly pointer: string;
  /** The task as the author wrote it. */
  readonly source: Json;
}

/** The run as one execution of one task sees it. Filled in as the task goes on. */
export interface TaskFrame extends Frame {
  readonly site: TaskIdentity;
  readonly rawInput: Json;
  readonly startedAt: number;
  input: Json;
  rawOutput: Json | undefined;
  output: Json | undefined;
  authorization: { readonly scheme: string; readonly parameter: string } | undefined;
}

/** Secrets that the definition names, fetched before the run goes on; one that could not be had is missing. */
export type Secrets = ReadonlyMap<string, Json | undefined>;

/** The frame with one more variable. */
export function bind(variables: Variables | undefined, name: string, value: Json): Variables {
  return { name, value, outer: variables };
}

/** Identifies the effect of a task: the same at each try and after each restart. */
export function effectKeyOf(frame: Frame): string {
  return frame.run.id + frame.position.replaceAll(/~a\d+/g, '');
}

/** What a called function is told about the call. */
export function callContext(frame: Frame): CallContext {
  return {
    tenant: frame.run.tenant,
    runId: frame.run.id,
    effectKey: effectKeyOf(frame),
    uncertain: frame.uncertain || frame.attempt > 1,
    signal: frame.strand.scope.signal,
  };
}
