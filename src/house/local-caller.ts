import type { z } from 'zod';
import operations from '../../functions/operations.json' with { type: 'json' };
import { FairleadError } from '../events/fairlead-error.ts';
import type { Json } from '../expression/json.ts';
import type { Caller } from '../workflow/caller.ts';
import type { CallContext, FunctionDefinition } from '../workflow/function.ts';
import { createInputChecks } from './checked-input.ts';

/** The document by which workflows name our functions, wherever they run. */
export const FUNCTIONS_DOCUMENT = 'fairlead://functions/openapi.json';

/** What workflows may call by that document, without loading the functions. */
export function operationsOf(document: string): ReadonlySet<string> | undefined {
  return document === FUNCTIONS_DOCUMENT ? OPERATIONS : undefined;
}

const OPERATIONS: ReadonlySet<string> = new Set(operations);

/** A function whatever its types: its schemas check at run time what the types say at compile time. */
export type AnyFunction<Context extends CallContext> = FunctionDefinition<z.ZodType, z.ZodType, Context>;

/** The functions called in this process: input checked by the function's own schema, context bound to the call's tenant. */
export function createLocalCaller<Context extends CallContext>(dependencies: {
  readonly functions: readonly AnyFunction<Context>[];
  readonly toContext: (call: CallContext) => Context;
}): Caller {
  const { functions, toContext } = dependencies;
  const byId = new Map(functions.map((definition) => [definition.operationId, definition]));
  const names = new Set(byId.keys());
  const checks = createInputChecks();
  return {
    answers: (document) => document === FUNCTIONS_DOCUMENT,
    operations: (document) => (document === FUNCTIONS_DOCUMENT ? names : undefined),
    async call({ operationId, parameters }, context) {
      const definition = byId.get(operationId);
      if (!definition) {
        throw new FairleadError(
          'function.unknown',
          `There is no function “${operationId}”. There are: ${[...names].join(', ')}.`,
        );
      }
      const input = checks.check(definition.input, parameters);
      if (!input.success) {
        const where = input.error.issues
          .map(({ path, message }) => `${path.join('.') || 'the input'}: ${message}`)
          .join('; ');
        throw new FairleadError('function.input', `The input of “${operationId}” is not what it takes: ${where}.`);
      }
      const answer = (await definition.handle(input.data, toContext(context))) as Json;
      checks.remember(answer);
      return answer;
    },
  };
}
