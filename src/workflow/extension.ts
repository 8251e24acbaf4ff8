import { runList } from './flow.ts';
import type { TaskFrame } from './frame.ts';
import type { CompiledList, Perform } from './site.ts';
import type { Condition } from './template.ts';

/** An extension of `use.extensions`, compiled for one task. */
export interface CompiledExtension {
  readonly name: string;
  readonly when: Condition | undefined;
  readonly before: CompiledList | undefined;
  readonly after: CompiledList | undefined;
}

/**
 * Wraps a task's work in the tasks of its extensions, the first extension outermost. They see the extended task as `$task`
 * and change nothing of its data: what they put out is dropped. But `exit` in `before` skips the task, and what that list
 * put out is then the task's output.
 *
 * @see https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#extension
 */
export function extend(perform: Perform, extensions: readonly CompiledExtension[]): Perform {
  return extensions.reduceRight<Perform>((inner, extension) => wrap(inner, extension), perform);
}

function wrap(perform: Perform, { name, when, before, after }: CompiledExtension): Perform {
  return async (frame) => {
    const around: TaskFrame = { ...frame, extended: frame };
    if (when !== undefined && !when(frame.input, around)) return perform(frame);
    const base = `${frame.position}~x${name}`;
    if (before !== undefined) {
      const result = await runList(before, around, `${base}/before`, frame.input, { reportsExit: true });
      if (result.next === 'end') return result;
      if (result.next === 'exit') return { output: result.output };
    }
    const result = await perform(frame);
    if (after === undefined) return result;
    frame.rawOutput = result.output;
    const { next } = await runList(after, around, `${base}/after`, result.output);
    return next === 'end' ? { ...result, next } : result;
  };
}
