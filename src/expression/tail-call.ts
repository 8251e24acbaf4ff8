/**
 * The one call that is left to do after code in tail position has answered `TAIL` (or `TAIL_VALUE`, where it answers with
 * a value). jq promises that such calls use no memory; here they use no JavaScript stack.
 */
import type { Code, Env, Path } from './code.ts';
import type { Json } from './json.ts';

/** Answered in place of a value; never seen outside of calls. */
export const TAIL_VALUE = Object.freeze(['*tail call']) as unknown as readonly Json[];

export const pending: { code: Code | undefined; input: Json; env: Env | undefined; path: Path | undefined } = {
  code: undefined,
  input: null,
  env: undefined,
  path: null,
};
