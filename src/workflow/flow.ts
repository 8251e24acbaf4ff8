import type { Json } from '../expression/json.ts';
import type { Frame } from './frame.ts';
import { type Path, suggest } from './problem.ts';
import type { Directive } from './run.ts';
import type { CompiledList, Result, Site, Walked } from './site.ts';

/**
 * Runs a list of tasks: the output of one is the input of the next. `base` is the position of the list. A task visited
 * again (by a `then` that goes back) has a position of its own for every visit. `exit` ends the list; `end` is handed on
 * to whoever called.
 */
export async function runList(
  list: CompiledList,
  frame: Frame,
  base: string,
  input: Json,
  options: { readonly reportsExit?: boolean } = {},
): Promise<Result> {
  const own: Frame = { ...frame };
  const visits = new Map<number, number>();
  let value = input;
  let index = 0;
  while (index < list.tasks.length) {
    const task = list.tasks[index] as CompiledList['tasks'][number];
    const visit = (visits.get(index) ?? 0) + 1;
    visits.set(index, visit);
    const position = base + task.suffix + (visit === 1 ? '' : `~v${visit}`);
    const pending = task.execute(own, position, value);
    // Outcomes recorded earlier come at once: walking over ten thousand of them must not cost ten thousand turns.
    const result = pending instanceof Promise ? await pending : pending;
    value = result.output;
    own.since = result.at;
    if (result.isNew) own.uncertain = false;
    const next: Directive = result.next ?? 'continue';
    if (next === 'end' || (next === 'exit' && options.reportsExit))
      return { output: value, next, walked: toWalked(own) };
    if (next === 'exit') break;
    index = next === 'continue' ? index + 1 : next;
  }
  return { output: value, walked: toWalked(own) };
}

function toWalked({ since, uncertain }: Frame): Walked {
  return { at: since, isNew: !uncertain };
}

/** Turns a `then` into what it means for the list of the site; an unknown name is a problem. */
export function compileDirective(site: Site, then: string | undefined, below: Path): Directive {
  if (then === undefined || then === 'continue') return 'continue';
  if (then === 'exit' || then === 'end') return then;
  const target = site.siblings.indexOf(then);
  if (target >= 0) return target;
  site.compilation.report([...site.path, ...below], `There is no task “${then}” in this list.`, {
    hint: `“then” takes continue, exit, end or a task of the same list. ${suggest(then, site.siblings)}`,
  });
  return 'end';
}
