import type { Event } from '../../src/events/event.ts';

/** Tasks and runs that were told to end in more ways than one, or to have begun and not how they ended. */
export function contradictions(events: readonly Event[]): string[] {
  const phases = new Map<string, string[]>();
  for (const { id, type } of events) {
    if (type.includes('.status-changed.') || type.includes('.correlation-')) continue;
    const [place = '', phase = ''] = id.split('#');
    const of = type.includes('.workflow.') ? 'workflow' : 'task';
    phases.set(`${of} ${place}`, [...(phases.get(`${of} ${place}`) ?? []), phase]);
  }
  const found: string[] = [];
  for (const [place, told] of phases) {
    const ends = told.filter((phase) => ENDS.has(phase));
    if (told.includes('started') && ends.length !== 1) found.push(`${place} ${told.join(', ')}`);
  }
  return found;
}

const ENDS: ReadonlySet<string> = new Set(['completed', 'faulted', 'cancelled']);
