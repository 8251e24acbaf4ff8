/** Positions of what lies within a task go on after the task's own with a step, or with an attempt or call of it. */
export function isBelow(inner: string, outer: string): boolean {
  return inner.startsWith(outer) && (inner[outer.length] === '/' || inner[outer.length] === '~');
}
