/** `fairlead/jq`: jq, compiled to closures and bounded (docs/jq.md). */
export {
  type Budget,
  type CompileOptions,
  compile,
  JqBudgetError,
  JqError,
  JqSyntaxError,
  type Json,
  type NativeFunction,
  type Program,
  type Variables,
} from '../expression/compile.ts';
