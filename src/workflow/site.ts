import type { Json } from '../expression/json.ts';
import type { Frame, TaskFrame, TaskIdentity } from './frame.ts';
import type { Path, Report } from './problem.ts';
import type { Directive } from './run.ts';
import type { Use } from './schema/use.ts';

/** What a task hands on, before `output.as`. */
export interface Result {
  readonly output: Json;
  /** Overrides the task's own `then`: of a `switch` case, of a `catch`, or `end` from a task within. */
  readonly next?: Directive | undefined;
  /** Of a list of tasks. */
  readonly walked?: Walked;
}

export interface Walked {
  /** When its last task was done. */
  readonly at: number;
  /** False when an earlier claim recorded all that was done. */
  readonly isNew: boolean;
}

/** The work of a task, compiled. Its input is `frame.input`. */
export type Perform = (frame: TaskFrame) => Result | Promise<Result>;

/** A list of tasks, compiled. */
export interface CompiledList {
  readonly tasks: readonly CompiledTask[];
  /** Names and places, for whoever draws or checks the list. */
  readonly path: Path;
}

export interface CompiledTask {
  readonly site: Site;
  readonly kind: string;
  /** Index and name as the end of a position, e.g. `/0/getPet`. */
  readonly suffix: string;
  /** Runs the task at the position, or answers its recorded outcome. */
  execute(frame: Frame, position: string, input: Json): TaskResult | Promise<TaskResult>;
}

export interface TaskResult extends Result {
  /** When its outcome was recorded. */
  readonly at: number;
  /** False when the outcome was recorded by an earlier claim. */
  readonly isNew: boolean;
}

/** What is the same for a whole definition while it is compiled. */
export interface Compilation {
  readonly use: Use;
  readonly mode: 'strict' | 'loose';
  readonly report: Report;
  /** Takes down that the definition is valid but needs something that this runtime does not do yet. */
  unsupported(path: Path, what: string): void;
  /** Names of the host's functions, where they are known. */
  readonly hostFunctions: ReadonlySet<string>;
  /** Names of the operations of a document of the host; undefined when that is not known. */
  operations(document: string): ReadonlySet<string> | undefined;
  /** Compiles a list of tasks; given here so that task kinds need not import the table of them. */
  list(owner: Site, source: readonly unknown[], place: Place): CompiledList;
  /** Compiles a function of `use`: a task that is called from where the owner stands. */
  function(owner: Site, source: Json, root: Path): CompiledTask | undefined;
  /** Known to have no problem: what only runs need is compiled when they first do. */
  readonly isChecked: boolean;
}

/** Where a list hangs below its task. */
export interface Place {
  /** Steps below the task in the document, e.g. `['catch', 'do']`. */
  readonly path: Path;
  /** Variables that the list's tasks may use besides those of the task. */
  readonly variables?: readonly string[];
  /** False for branches: all are reached, whatever stands before them. */
  readonly isSequence?: boolean;
}

/** One task of the document, while it is compiled and ever after. */
export interface Site extends TaskIdentity {
  readonly compilation: Compilation;
  /** Place in the document, e.g. `['do', 0, 'getPet']`. */
  readonly path: Path;
  readonly variables: readonly string[];
  /** The list it is in, for `then`. */
  readonly siblings: readonly string[];
  /** Set in tasks of extensions, which are not extended themselves. */
  readonly isExtension: boolean;
}

export function toPointer(path: Path): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
