import type { Json } from '../expression/json.ts';
import type { Frame, TaskFrame } from './frame.ts';
import { suggest } from './problem.ts';
import type { DurationSource } from './schema/values.ts';
import { compileDuration, type Owner } from './template.ts';

type TimeoutSource = string | { readonly after: DurationSource };

/** Milliseconds that a task or workflow may take; a string names a timeout of `use.timeouts`. */
export function compileTimeout(
  owner: Owner,
  source: TimeoutSource,
  below: readonly string[],
): (input: Json, frame: Frame | TaskFrame) => number {
  if (typeof source !== 'string') return compileDuration(owner, source.after, [...below, 'after']);
  const known = owner.compilation.use.timeouts ?? {};
  const named = known[source];
  if (named !== undefined)
    return compileDuration({ ...owner, path: ['use', 'timeouts', source] }, named.after, ['after']);
  owner.compilation.report([...owner.path, ...below], `There is no timeout “${source}” in use.timeouts.`, {
    hint: suggest(source, Object.keys(known)),
  });
  return () => Number.POSITIVE_INFINITY;
}
