import type { Definition } from './definition.ts';
import { kindOf } from './tasks/index.ts';

type Task = Readonly<Record<string, unknown>>;
type Item = Readonly<Record<string, Task>>;

/**
 * Draws a definition as a Mermaid flowchart: one node per task, one edge per way on, composites as frames around their
 * tasks. Every text is escaped, so that a name cannot change the drawing.
 *
 * @see https://mermaid.js.org/syntax/flowchart.html
 */
export function explain(definition: Definition): string {
  const lines: string[] = ['flowchart TD'];
  const { document, schedule } = definition.source;
  let count = 0;
  const nextId = (): string => `n${count++}`;
  const indent = (depth: number): string => '  '.repeat(depth);

  lines.push(`${indent(1)}start([${quote(startOf(schedule, document.name))}])`);
  const ways = drawList(definition.source.do as readonly Item[], [{ from: 'start' }], 1);
  lines.push(`${indent(1)}finish([${quote('end')}])`);
  for (const way of [...ways.onward, ...ways.ended]) drawEdge(way, 'finish');

  function drawEdge({ from, label }: Way, to: string): void {
    lines.push(`${indent(1)}${from} -->${label === undefined ? '' : `|${quote(label)}|`} ${to}`);
  }

  /** Draws the tasks of a list and the edges into them; answers the ways that lead out of it. */
  function drawList(list: readonly Item[], entering: readonly Way[], depth: number): Ways {
    const tasks = list.map((item) => Object.entries(item)[0] as [string, Task]);
    const waiting = new Map<number, Way[]>([[0, [...entering]]]);
    const ended: Way[] = [];
    const drawn: Drawn[] = tasks.map(([name, task]) => drawTask(name, task, depth));
    const add = (index: number, way: Way): void => {
      waiting.set(index, [...(waiting.get(index) ?? []), way]);
    };
    drawn.forEach((node, index) => {
      ended.push(...node.ended);
      for (const { way, next } of node.exits) {
        const target = tasks.findIndex(([name]) => name === next);
        if (target >= 0) add(target, way);
        else if (next === 'end') ended.push(way);
        else add(next === 'exit' ? tasks.length : index + 1, way);
      }
    });
    for (const [index, ways] of waiting) {
      const to = drawn[index];
      if (to !== undefined) for (const way of ways) drawEdge(way, to.entry);
    }
    return { onward: waiting.get(tasks.length) ?? [], ended };
  }

  function drawTask(name: string, task: Task, depth: number): Drawn {
    const id = nextId();
    const kind = kindOf(task)?.kind ?? 'task';
    const own = typeof task.then === 'string' ? task.then : 'continue';
    const skip: Exit[] =
      typeof task.if === 'string' ? [{ way: { from: id, label: `not ${task.if}` }, next: 'continue' }] : [];
    const lists = listsOf(task);
    if (Array.isArray(task.switch)) {
      lines.push(`${indent(depth)}${id}{${quote(name)}}`);
      return { entry: id, exits: [...skip, ...casesOf(id, task.switch as readonly Item[], own)], ended: [] };
    }
    if (lists.length === 0) {
      lines.push(`${indent(depth)}${id}[${quote(`${name}\n${describe(kind, task)}`)}]`);
      const exits = kind === 'raise' ? [] : [{ way: { from: id }, next: own }];
      const ended = kind === 'raise' ? [{ from: id, label: 'fault' }] : [];
      return { entry: id, exits: [...skip, ...exits], ended };
    }
    lines.push(`${indent(depth)}${id}[/${quote(`${name}\n${describe(kind, task)}`)}/]`);
    const ended: Way[] = [];
    const onward: Way[] = [];
    for (const { label, tasks } of lists) {
      const frame = nextId();
      lines.push(`${indent(depth)}subgraph ${frame} [${quote(label)}]`);
      const ways = drawList(tasks, [{ from: id, label }], depth + 1);
      lines.push(`${indent(depth)}end`);
      onward.push(...ways.onward);
      ended.push(...ways.ended);
    }
    return { entry: id, exits: [...skip, ...onward.map((way) => ({ way, next: own }))], ended };
  }

  return `${lines.join('\n')}\n`;
}

interface Way {
  readonly from: string;
  readonly label?: string;
}

interface Ways {
  readonly onward: readonly Way[];
  readonly ended: readonly Way[];
}

interface Exit {
  readonly way: Way;
  readonly next: string;
}

interface Drawn {
  readonly entry: string;
  readonly exits: readonly Exit[];
  readonly ended: readonly Way[];
}

function casesOf(id: string, cases: readonly Item[], own: string): Exit[] {
  const exits = cases.flatMap((item) =>
    Object.entries(item).map(([name, { when, then }]) => ({
      way: { from: id, label: typeof when === 'string' ? `${name}: ${when}` : name },
      next: String(then),
    })),
  );
  const hasDefault = cases.some((item) => Object.values(item).some((one) => one.when === undefined));
  return hasDefault ? exits : [...exits, { way: { from: id, label: 'else' }, next: own }];
}

function listsOf(task: Task): { readonly label: string; readonly tasks: readonly Item[] }[] {
  const caught = task.catch as { readonly do?: readonly Item[] } | undefined;
  const fork = task.fork as { readonly branches: readonly Item[] } | undefined;
  const each = task.foreach as { readonly do?: readonly Item[] } | undefined;
  return [
    ...(Array.isArray(task.do) ? [{ label: 'for' in task ? 'each' : 'do', tasks: task.do }] : []),
    ...(Array.isArray(task.try) ? [{ label: 'try', tasks: task.try }] : []),
    ...(caught?.do === undefined ? [] : [{ label: 'catch', tasks: caught.do }]),
    ...(fork?.branches ?? []).map((branch) => ({ label: Object.keys(branch)[0] as string, tasks: [branch] })),
    ...(each?.do === undefined ? [] : [{ label: 'each event', tasks: each.do }]),
  ];
}

function describe(kind: string, task: Task): string {
  const args = (task.with ?? {}) as Readonly<Record<string, unknown>>;
  switch (kind) {
    case 'call':
      return `call ${String(task.call)} ${String(args.operationId ?? args.method ?? '')}`.trim();
    case 'emit': {
      const { event } = task.emit as { readonly event: { readonly with?: { readonly type?: unknown } } };
      return `emit ${String(event.with?.type ?? '')}`;
    }
    case 'wait':
      return `wait ${typeof task.wait === 'string' ? task.wait : JSON.stringify(task.wait)}`;
    default:
      return kind;
  }
}

function startOf(schedule: Definition['schedule'], name: string): string {
  if (schedule?.on !== undefined) return `${name}: on events`;
  if (schedule?.cron !== undefined) return `${name}: at ${schedule.cron}`;
  if (schedule?.every !== undefined) return `${name}: every ${JSON.stringify(schedule.every)}`;
  return name;
}

/** Mermaid takes quoted text with HTML entities; a line break is `<br/>`. */
function quote(text: string): string {
  const escaped = text
    .slice(0, 120)
    .replaceAll('&', '&amp;')
    .replaceAll('"', '&quot;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('#', '&num;')
    .replaceAll('\n', '<br/>');
  return `"${escaped}"`;
}
