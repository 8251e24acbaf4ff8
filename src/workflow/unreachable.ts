import type { Path, Report } from './problem.ts';

type Task = Readonly<Record<string, unknown>>;

/** Reports tasks that no path leads to: those after a task that always leaves, which nothing else in their list names. */
export function reportUnreachable(
  tasks: readonly (readonly [name: string, task: Task])[],
  path: Path,
  report: Report,
): void {
  const names = tasks.map(([name]) => name);
  const reached = new Set<number>();
  const open = tasks.length > 0 ? [0] : [];
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    if (reached.has(index) || index >= tasks.length) continue;
    reached.add(index);
    for (const target of targets(tasks[index]?.[1] ?? {})) {
      if (target === 'continue') open.push(index + 1);
      else if (names.includes(target)) open.push(names.indexOf(target));
      // A name that is not known is a problem of its own; what it was to be cannot be told.
      else if (target !== 'end' && target !== 'exit') open.push(index + 1);
    }
  }
  tasks.forEach(([name], index) => {
    if (reached.has(index)) return;
    report([...path, index, name], `No path leads to the task “${name}”.`, {
      severity: 'warning',
      hint: 'The tasks before it always go elsewhere, and no “then” of this list names it.',
    });
  });
}

function targets(task: Task): string[] {
  const own = typeof task.then === 'string' ? task.then : 'continue';
  const found: string[] = [];
  if (Array.isArray(task.switch)) {
    const cases = task.switch.flatMap((item) => Object.values(item as object)) as { when?: string; then: string }[];
    found.push(...cases.map((item) => item.then));
    if (cases.every((item) => item.when !== undefined)) found.push(own);
  } else if ('raise' in task) {
    // A fault leaves the list; only when it is skipped does the list go on.
  } else found.push(own);
  const caught = (task.catch as { readonly then?: unknown } | undefined)?.then;
  if (typeof caught === 'string') found.push(caught);
  // A task that may be skipped goes on with the next, whatever its “then”.
  if (typeof task.if === 'string') found.push('continue');
  return found;
}
