import type { Json } from '../expression/json.ts';
import { standardFault } from './fault.ts';
import type { Frame, TaskFrame } from './frame.ts';

/** Names that every expression may use, besides those that the tasks around it bind. */
export const ARGUMENTS = [
  'context',
  'input',
  'output',
  'secrets',
  'authorization',
  'task',
  'workflow',
  'runtime',
] as const;

/**
 * The value of one runtime expression argument, built when an expression asks for it.
 *
 * @see https://github.com/open-workflow-specification/specification/blob/main/dsl.md#runtime-expression-arguments
 */
export function argument(name: string, frame: Frame | TaskFrame): Json {
  const task = 'site' in frame ? frame : undefined;
  for (let bound = frame.variables; bound !== undefined; bound = bound.outer) {
    if (bound.name === name) return bound.value;
  }
  switch (name) {
    case 'context':
      return frame.run.context;
    case 'input':
      return task?.input ?? null;
    case 'output':
      return task?.output ?? null;
    case 'secrets':
      return secrets(frame);
    case 'authorization':
      return task?.authorization === undefined ? null : { ...task.authorization };
    case 'task': {
      const described = frame.extended ?? task;
      return described === undefined ? null : describeTask(described);
    }
    case 'workflow':
      return {
        id: frame.run.id,
        definition: frame.definition.document,
        input: frame.run.claimed.record.input,
        startedAt: describeTime(frame.run.startedAt),
      };
    case 'runtime':
      return { ...frame.world.runtime };
    default:
      return null;
  }
}

/** The descriptor; the definition's own properties are readable beside it, as the specification's examples do. */
function describeTask(frame: TaskFrame): Json {
  return {
    ...(frame.site.source as { readonly [key: string]: Json }),
    name: frame.site.name,
    reference: frame.site.pointer,
    definition: frame.site.source,
    input: frame.rawInput,
    output: frame.rawOutput ?? null,
    startedAt: describeTime(frame.startedAt),
  };
}

function describeTime(milliseconds: number): Json {
  return {
    iso8601: new Date(milliseconds).toISOString(),
    epoch: { seconds: Math.floor(milliseconds / 1000), milliseconds },
  };
}

function secrets(frame: Frame): Json {
  const known: { [name: string]: Json } = {};
  for (const [name, value] of frame.secrets) {
    if (value === undefined)
      throw standardFault('authorization', 'Secret not available', `There is no secret “${name}” for this workflow.`);
    known[name] = value;
  }
  return known;
}
