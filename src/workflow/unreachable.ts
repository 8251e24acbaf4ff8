import type { Report } from './problem.ts';
import type { WorkflowSource } from './schema/workflow.ts';

type Item = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Reports tasks that no path leads to: those after a task that always leaves, which nothing else in their list names. */
export function findUnreachable(source: WorkflowSource, report: Report): void {
  visit(source.do, ['do'], report);
}

function visit(value: unknown, path: readonly (string | number)[], report: Report): void {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    if (isTaskList(value)) checkList(value, path, report);
    for (const [index, item] of value.entries()) visit(item, [...path, index], report);
    return;
  }
  for (const [key, item] of Object.entries(value)) {
    // Data is not tasks, however much it looks like them.
    if (!['set', 'with', 'schema', 'metadata', 'input', 'output', 'export', 'switch', 'branches'].includes(key)) {
      visit(item, [...path, key], report);
    } else if (key === 'branches' && Array.isArray(item)) {
      for (const [index, branch] of item.entries()) visit(branch, [...path, key, index], report);
    }
  }
}

function isTaskList(value: readonly unknown[]): value is readonly Item[] {
  return value.every((item) => typeof item === 'object' && item !== null && Object.keys(item).length === 1);
}

function checkList(list: readonly Item[], path: readonly (string | number)[], report: Report): void {
  const tasks = list.map((item) => Object.entries(item)[0] as [string, Readonly<Record<string, unknown>>]);
  const names = tasks.map(([name]) => name);
  const reached = new Set<number>();
  const open = tasks.length > 0 ? [0] : [];
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    if (reached.has(index) || index >= tasks.length) continue;
    reached.add(index);
    for (const target of targets(tasks[index]?.[1] ?? {})) {
      if (target === 'continue') open.push(index + 1);
      else if (names.includes(target)) open.push(names.indexOf(target));
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

function targets(task: Readonly<Record<string, unknown>>): string[] {
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
