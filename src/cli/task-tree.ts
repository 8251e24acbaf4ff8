import type { Event } from '../events/event.ts';
import type { Output } from './command.ts';
import { plain, type Style } from './terminal.ts';

const TASK_EVENT = /^io\.serverlessworkflow\.task\.([a-z-]+)\.v1$/;

interface Row {
  readonly depth: number;
  readonly name: string;
  phase: string;
}

/** The tasks of a run as it goes: on a terminal a tree redrawn in place, elsewhere a line for each task that ends. */
export interface TaskTree {
  /** Takes a lifecycle event of the runtime; false when the event is none. */
  show(event: Event): boolean;
}

export function createTaskTree(output: Output, style: Style): TaskTree {
  const rows = new Map<string, Row>();
  let drawn = 0;

  function redraw(): void {
    const lines = [...rows.values()].map(
      (row) => `${'  '.repeat(row.depth)}${markOf(row.phase, style)} ${plain(row.name)}`,
    );
    const back = drawn > 0 ? `\u001b[${drawn}A\u001b[J` : '';
    output.write(`${back}${lines.join('\n')}\n`);
    drawn = lines.length;
  }

  return {
    show(event) {
      if (event.type.startsWith('io.serverlessworkflow.workflow.')) return true;
      const phase = TASK_EVENT.exec(event.type)?.[1];
      if (phase === undefined) return false;
      // The id is run, position and phase: unlike the pointer, the position tells the turns of a loop apart.
      const place = event.id.slice(event.id.indexOf('/'), event.id.lastIndexOf('#'));
      const parts = place.split('/').filter((part) => part !== '');
      const row = rows.get(place) ?? {
        depth: Math.max(0, Math.floor(parts.length / 3) - 1),
        name: parts.at(-1) ?? place,
        phase,
      };
      row.phase = phase;
      rows.set(place, row);
      if (output.isTTY) redraw();
      else if (phase !== 'created' && phase !== 'started') output.write(`${markOf(phase, style)} ${plain(place)}\n`);
      return true;
    },
  };
}

function markOf(phase: string, style: Style): string {
  switch (phase) {
    case 'completed':
      return style.good('✓');
    case 'faulted':
    case 'cancelled':
      return style.bad('✗');
    case 'retried':
      return style.accent('↻');
    default:
      return style.dim('…');
  }
}
