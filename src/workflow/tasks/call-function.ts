import { z } from 'zod';
import type { Json } from '../../expression/json.ts';
import { callContext } from '../frame.ts';
import { suggest } from '../problem.ts';
import { anyObject, taskBase } from '../schema/values.ts';
import type { Perform, Site } from '../site.ts';
import { compileValue } from '../template.ts';
import { callHost } from './call-host.ts';

/** Words after `call` that are protocols; for editors, since the schema is chosen by them anyway. */
const PROTOCOLS = ['asyncapi', 'grpc', 'http', 'openapi', 'a2a', 'mcp'];

export const functionCall = () =>
  z.strictObject({
    ...taskBase,
    call: z.string().meta({ not: { enum: PROTOCOLS } }),
    with: anyObject.optional(),
  });

export type FunctionCall = z.output<ReturnType<typeof functionCall>>;

/**
 * Calls a function of `use.functions` (a task, with `with` as its input) or one that the host has registered by name.
 *
 * @see https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#call
 */
export function callFunction(site: Site, source: FunctionCall): Perform {
  const { use, hostFunctions, unsupported, report } = site.compilation;
  const name = source.call;
  const args = source.with === undefined ? undefined : compileValue(site, source.with, ['with']);
  const functions = use.functions ?? {};
  if (Object.hasOwn(functions, name)) {
    const task = site.compilation.function(site, functions[name] as Json, ['use', 'functions', name]);
    if (task === undefined) return (frame) => ({ output: frame.input });
    return async (frame) => {
      const input = args === undefined ? frame.input : args(frame.input, frame);
      const { output, next } = await task.execute(frame, `${frame.position}~f`, input);
      return { output, next: next === 'end' ? next : undefined };
    };
  }
  if (name.includes('@') || name.includes('://')) unsupported([...site.path, 'call'], 'a function from a catalog');
  else if (!hostFunctions.has(name)) {
    report([...site.path, 'call'], `There is no function “${name}”.`, {
      hint: `Define it in use.functions, or register it with the host. ${suggest(name, [...Object.keys(functions), ...hostFunctions])}`,
    });
  }
  return async (frame) => {
    const input = args === undefined ? frame.input : args(frame.input, frame);
    const output = await callHost(frame, () => {
      const call = frame.world.functions[name];
      if (call === undefined) throw new Error(`The host has no function “${name}”.`);
      return call(input, callContext(frame));
    });
    return { output };
  };
}
