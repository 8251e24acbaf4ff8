import { isObject, type Json } from '../expression/json.ts';
import type { Path } from './problem.ts';

/** Properties that hold lists of tasks, each an object of one name. */
const LISTS: ReadonlySet<string | number> = new Set(['do', 'try', 'branches', 'before', 'after']);

/** Parts of a definition that the rest can be checked without. */
const SPARE: ReadonlySet<string | number> = new Set(['document', 'schedule', 'input', 'output', 'timeout', 'evaluate']);

/** A header that any definition could have. */
const HEADER: Json = { dsl: '1.0.3', namespace: 'salvage', name: 'salvage', version: '1.0.0' };

/** A task that no other depends on. */
const NOTHING = { set: { salvaged: true } } as const;

/**
 * The document with what its schema refused put out of the way, so that the rest can be checked in the same go: a refused
 * task does nothing (but keeps its name and its `then`), a refused header is another. Undefined where what was refused is
 * something that others refer to, such as `use`: without it they would be refused wrongly.
 */
export function salvage(document: Json, refused: readonly Path[]): Json | undefined {
  if (!isObject(document)) return undefined;
  const copy = structuredClone(document) as Record<string, Json>;
  for (const path of refused) {
    const task = taskAround(path);
    if (task !== undefined) silence(copy, task);
    else if (path[0] === 'document') copy.document = HEADER;
    else if (path[0] !== undefined && SPARE.has(path[0])) delete copy[path[0]];
    else return undefined;
  }
  return copy;
}

/** The path of the innermost task that the path leads into. */
function taskAround(path: Path): Path | undefined {
  for (let end = path.length - 1; end >= 2; end -= 1) {
    const isTask = typeof path[end] === 'string' && typeof path[end - 1] === 'number' && LISTS.has(path[end - 2] ?? '');
    if (isTask && path[0] === 'do') return path.slice(0, end + 1);
  }
  return undefined;
}

function silence(document: Json, path: Path): void {
  let around: unknown = document;
  for (const step of path.slice(0, -1)) around = Reflect.get(Object(around), step);
  const name = path.at(-1) as string;
  if (!isObject(around as Json)) return;
  const { then } = Object(Reflect.get(around as object, name)) as { readonly then?: unknown };
  Reflect.set(around as object, name, { ...NOTHING, ...(typeof then === 'string' ? { then } : {}) });
}
