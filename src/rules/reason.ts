import type { PastAct } from './facts.ts';
import type { FileMatch } from './match.ts';

/** A label, a login or a team's slug, with why it is where it is, for a person to read. */
export interface Reasoned {
  readonly name: string;
  readonly reason: string;
}

const LONGEST = 200;

/** A path is somebody else's text: it is kept short, and its end says the most. */
export function reasonOf({ file, pattern, byPreviousPath }: FileMatch): string {
  const path = byPreviousPath ? (file.previousPath ?? file.path) : file.path;
  const short = path.length > LONGEST ? `…${path.slice(-LONGEST)}` : path;
  return `${short}${byPreviousPath ? ' (before it was renamed)' : ''} matches ${pattern}`;
}

/** The beginning of somebody else's text. */
export function shorten(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

/** Who took something off, and when. */
export function sayRefusal({ reason = 'removed by a person', at }: PastAct): string {
  if (at === undefined || at <= 0) return reason;
  const [day, time = ''] = new Date(at).toISOString().split('T');
  return `${reason} on ${day} at ${time.slice(0, 5)} UTC`;
}
