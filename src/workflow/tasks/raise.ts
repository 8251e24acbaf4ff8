import { z } from 'zod';
import type { Json } from '../../expression/json.ts';
import { type Fault, WorkflowFault } from '../fault.ts';
import { suggest } from '../problem.ts';
import { type ErrorModel, errorModel, taskBase } from '../schema/values.ts';
import { compileValue, type Owner } from '../template.ts';
import { defineTask } from './kind.ts';

/**
 * A fault on purpose. Its `instance` is the place of the task unless the definition names one.
 *
 * @see https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#raise
 */
export const raiseTask = defineTask({
  kind: 'raise',
  extendedAs: 'raise',
  keywords: ['raise'],
  isComposite: false,
  schema: () => z.strictObject({ ...taskBase, raise: z.strictObject({ error: z.union([errorModel, z.string()]) }) }),
  compile(site, source) {
    const [error, owner, below] = resolve(site, source.raise.error);
    const fault = compileValue(owner, error, below);
    return (frame) => {
      const raised = fault(frame.input, frame) as { readonly [key: string]: Json };
      throw new WorkflowFault({ ...(raised as unknown as Fault), instance: instanceOf(raised, site.pointer) });
    };
  },
});

function instanceOf(raised: { readonly [key: string]: Json }, pointer: string): string {
  return typeof raised.instance === 'string' ? raised.instance : pointer;
}

const MISSING: ErrorModel = { type: 'about:blank', status: 500 };

function resolve(owner: Owner, error: ErrorModel | string): [ErrorModel, Owner, string[]] {
  if (typeof error !== 'string') return [error, owner, ['raise', 'error']];
  const known = owner.compilation.use.errors ?? {};
  const named = known[error];
  if (named === undefined) {
    owner.compilation.report([...owner.path, 'raise', 'error'], `There is no error “${error}” in use.errors.`, {
      hint: suggest(error, Object.keys(known)),
    });
  }
  return [named ?? MISSING, { ...owner, path: ['use', 'errors', error] }, []];
}
