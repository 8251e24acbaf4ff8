import { createHash } from 'node:crypto';
import type { Event } from '../events/event.ts';
import type { Json } from '../expression/json.ts';
import { type CompiledWorkflow, compileWorkflow } from './compile.ts';
import { type ConsumedEvents, compileConsumed } from './consumed-events.ts';
import { filtersIn, readEvent } from './consumption.ts';
import { isDocument, parseSource, type SourceDocument } from './document.ts';
import { literalAttributes } from './event-filter.ts';
import { describeIssues } from './issue.ts';
import type { DefinitionRef } from './journal.ts';
import type { KnownDefinition } from './ports.ts';
import type { Path, Problem, Report } from './problem.ts';
import { salvage } from './salvage.ts';
import type { ConsumptionStrategy } from './schema/events.ts';
import { task, taskList } from './schema/task.ts';
import { type Schedule, type WorkflowSource, workflowSchema } from './schema/workflow.ts';
import type { CompiledTask } from './site.ts';

/** A definition that has passed every check: immutable, and shared by all its runs. */
export interface Definition extends KnownDefinition {
  readonly file: string;
  readonly source: WorkflowSource;
  /** Closures that the engine runs. */
  readonly workflow: CompiledWorkflow;
  readonly schedule: Schedule | undefined;
  /** The events of `schedule.on` that start a run; undefined when none do. */
  readonly consumes: ConsumedEvents | undefined;
  /** What becomes of several events of one lane, where it says so (`document.metadata.fairlead.lane`). */
  readonly lane: 'heads' | 'latest' | 'each' | undefined;
  /** Literal attributes of the events that its tasks listen for, one set for each filter; an empty set is any event. */
  readonly listens: readonly Readonly<Record<string, Json>>[];
  /** Literal types of the events that its tasks emit. */
  readonly emits: readonly EmittedType[];
  /** What keeps it from running although it is valid; empty for most. */
  readonly unsupported: readonly Problem[];
  readonly warnings: readonly Problem[];
  /** The input of a run that the events start. */
  toRunInput(events: readonly Event[]): Json;
}

export interface EmittedType {
  readonly type: string;
  readonly path: Path;
  readonly line: number;
  readonly column: number;
}

export interface LoadOptions {
  /** Named in problems. */
  readonly file: string;
  /** Functions of the host that `call` may name. */
  readonly functions?: readonly string[];
  /** Names of the operations of the host's own documents, by URL; undefined for documents that it does not know. */
  readonly operations?: (document: string) => ReadonlySet<string> | undefined;
}

export type LoadResult =
  | { readonly definition: Definition; readonly problems?: undefined }
  | { readonly definition?: undefined; readonly problems: readonly Problem[] };

const schema = workflowSchema(task, taskList);

/**
 * Reads, checks and compiles a definition. Problems come all at once: what the schema refuses is put out of the way, as far
 * as that can be done, to compile the rest. A definition that is valid but needs what this runtime does not do yet is
 * loaded, and says so in `unsupported`.
 */
export function loadDefinition(text: string, options: LoadOptions): LoadResult {
  const { file } = options;
  const parsed = parseSource(text, file);
  if (!isDocument(parsed)) return { problems: parsed };
  const document = parsed;
  const found: Problem[] = [];
  const unsupported: Problem[] = [];
  const emits: EmittedType[] = [];
  const listens: Readonly<Record<string, Json>>[] = [];
  const report: Report = (path, message, extra = {}) => found.push(problemAt(document, file, path, message, extra));
  const compileOptions = {
    report,
    unsupported(path: Path, what: string) {
      const message = `This runtime does not support ${what} yet; the definition is valid but cannot run here.`;
      unsupported.push(problemAt(document, file, path, message));
    },
    visit(compiled: CompiledTask, taskSource: { readonly [key: string]: unknown }) {
      if (compiled.kind === 'emit') emits.push(...emittedType(compiled, taskSource, document));
      if (compiled.kind === 'listen') listens.push(...listenedAttributes(taskSource));
    },
    hostFunctions: new Set(options.functions),
    operations: options.operations ?? (() => undefined),
  };
  const checked = schema.safeParse(document.value);
  if (!checked.success) {
    const issues = describeIssues(checked.error.issues, document.value);
    const rest = salvage(
      document.value,
      issues.map(({ path }) => path),
    );
    const salvaged = rest === undefined ? undefined : schema.safeParse(rest);
    if (salvaged?.success) compileWorkflow(salvaged.data, compileOptions);
    for (const { path, message, hint } of issues) report(path, message, hint === undefined ? {} : { hint });
    return { problems: inOrder(found) };
  }
  const source = checked.data;
  const workflow = compileWorkflow(source, compileOptions);
  const consumes = compileConsumed(source, compileOptions);
  const errors = found.filter((problem) => problem.severity === 'error');
  if (errors.length > 0) return { problems: inOrder(found) };
  const { namespace, name, version } = source.document;
  const ref: DefinitionRef = { namespace, name, version, digest: digestOf(document.value) };
  const read = source.schedule?.read ?? 'envelope';
  return {
    definition: {
      ref,
      text,
      file,
      document: document.value,
      source,
      workflow,
      schedule: source.schedule,
      consumes,
      lane: source.document.metadata?.fairlead?.lane,
      listens,
      emits,
      unsupported,
      warnings: inOrder(found),
      toRunInput: (events) => events.map((event) => readEvent(event, read)),
    },
  };
}

function problemAt(
  document: SourceDocument,
  file: string,
  path: Path,
  message: string,
  options: { readonly hint?: string; readonly severity?: Problem['severity']; readonly offset?: number } = {},
): Problem {
  const { line, column } = document.locate(path, options.offset);
  const severity = options.severity ?? 'error';
  return { file, line, column, message, severity, ...(options.hint === undefined ? {} : { hint: options.hint }) };
}

function inOrder(problems: readonly Problem[]): Problem[] {
  const unique = new Map(problems.map((problem) => [`${problem.line}:${problem.column}:${problem.message}`, problem]));
  return [...unique.values()].sort((a, b) => a.line - b.line || a.column - b.column);
}

function emittedType(
  compiled: CompiledTask,
  source: { readonly [key: string]: unknown },
  document: SourceDocument,
): EmittedType[] {
  const { event } = source.emit as { readonly event: { readonly with?: { readonly type?: unknown } } };
  const type = event.with?.type;
  if (typeof type !== 'string' || type.includes('${')) return [];
  const path = [...compiled.site.path, 'emit', 'event', 'with', 'type'];
  return [{ type, path, ...document.locate(path) }];
}

function listenedAttributes(source: { readonly [key: string]: unknown }): readonly Readonly<Record<string, Json>>[] {
  return filtersIn((source.listen as { readonly to: ConsumptionStrategy }).to).map(literalAttributes);
}

/** The same for every way of writing the same definition. */
function digestOf(document: Json): string {
  return createHash('sha256').update(canonical(document)).digest('hex');
}

function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item as Json)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item as Json)}`).join(',')}}`;
}
