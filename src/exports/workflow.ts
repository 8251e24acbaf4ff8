/** `fairlead/workflow`: the runtime of Serverless Workflow DSL 1.0, which knows nothing of GitHub. */
export type { Caller, Operation } from '../workflow/caller.ts';
export type { ConsumedEvents, ConsumedFilter } from '../workflow/consumed-events.ts';
export {
  type Definition,
  type LoadOptions,
  type LoadResult,
  loadDefinition,
} from '../workflow/definition.ts';
export { createDefinitions } from '../workflow/definitions.ts';
export { createEngine, type Engine, type EngineOptions, type Stop } from '../workflow/engine.ts';
export { explain } from '../workflow/explain.ts';
export type { HttpAnswer, HttpClient, HttpRequest } from '../workflow/http.ts';
export type {
  ClaimedRun,
  CreateResult,
  DefinitionRef,
  Entry,
  Journal,
  Lane,
  NewRun,
  RunChange,
  RunRecord,
  RunStatus,
  Wait,
} from '../workflow/journal.ts';
export { createMemoryJournal } from '../workflow/memory-journal.ts';
export {
  type Clock,
  DEFAULT_LIMITS,
  type Definitions,
  type EventBus,
  type Limits,
  type Log,
  type Secrets,
} from '../workflow/ports.ts';
export { formatProblem, type Problem } from '../workflow/problem.ts';
export { newRunId } from '../workflow/run-id.ts';
export { type RunResult, type RunWorkflowOptions, runWorkflow } from '../workflow/run-workflow.ts';
