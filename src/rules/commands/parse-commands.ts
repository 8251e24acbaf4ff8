/**
 * The body of a comment → the commands in it. A command is a line of its own that begins, in its first column, with a slash
 * and a name; what is quoted or code (`visible-lines.ts`), a name that is none of ours (other bots have commands, too) and
 * text in front of the slash are no commands. The body is untrusted: it is bounded, and nothing in it is evaluated.
 */
import { type Command, type Misunderstanding, type Named, USAGES, VERBS, type Verb } from './command.ts';
import { type Line, visibleLines } from './visible-lines.ts';

export interface ParsedComment {
  readonly commands: readonly Command[];
  readonly problems: readonly Misunderstanding[];
}

const MOST_COMMANDS = 20;
const MOST_NAMES = 10;
const LONGEST_LINE = 1_000;
const LONGEST_LABEL = 50;
const MOST_HOURS = 90 * 24;

const HOURS = { h: 1, d: 24, w: 7 * 24 } as const;

const LOGIN = /^@?([A-Za-z\d](?:[A-Za-z\d_-]{0,98}[A-Za-z\d])?)$/;
const TEAM = /^@?[A-Za-z\d][A-Za-z\d-]{0,38}\/([A-Za-z\d_][\w.-]{0,99})$/;

const isVerb = (word: string): word is Verb => (VERBS as readonly string[]).includes(word);

/** Reads what follows a command's name; a string says what is wrong with it. */
type Read = (rest: string, line: number) => Command | string;

const READ: Readonly<Record<Verb, Read>> = {
  label: readLabels('label'),
  unlabel: readLabels('unlabel'),
  assign: readPeople('assign'),
  unassign: readPeople('unassign'),
  cc: (rest, line) => {
    const whom = wordsOf(rest).map(toNamed);
    if (whom.length === 0) return 'names nobody';
    if (whom.length > MOST_NAMES) return `names more than ${MOST_NAMES}`;
    const wrong = whom.find((one) => typeof one === 'string');
    return wrong ?? { verb: 'cc', whom: whom as readonly Named[], line };
  },
  // A reason may follow.
  hold: (_, line) => ({ verb: 'hold', line }),
  unhold: readNothing('unhold'),
  'review-later': (rest, line) => {
    const [, count, unit] = /^(\d{1,4}) ?([hdw])$/i.exec(rest) ?? [];
    if (count === undefined || unit === undefined) return 'takes a time, such as 12h, 3d or 1w';
    const hours = Number(count) * HOURS[unit.toLowerCase() as keyof typeof HOURS];
    return hours >= 1 && hours <= MOST_HOURS ? { verb: 'review-later', hours, line } : 'takes a time from 1h to 90d';
  },
  away: (rest, line) => {
    if (/^off$/i.test(rest)) return { verb: 'away', until: null, line };
    const until = /^until (\d{4}-\d\d-\d\d)$/i.exec(rest)?.[1];
    return until !== undefined && isDate(until)
      ? { verb: 'away', until, line }
      : 'takes “until” and the last day as YYYY-MM-DD, or “off”';
  },
  why: readNothing('why'),
  retry: readNothing('retry'),
  help: readNothing('help'),
};

export function parseCommands(body: string): ParsedComment {
  const commands: Command[] = [];
  const problems: Misunderstanding[] = [];
  for (const line of visibleLines(body)) {
    const found = toCall(line);
    if (found === undefined) continue;
    if (commands.length + problems.length === MOST_COMMANDS) {
      problems.push({
        line: line.number,
        message: `only the first ${MOST_COMMANDS} commands of a comment are looked at`,
      });
      break;
    }
    const read = line.text.length > LONGEST_LINE ? 'is too long' : READ[found.verb](found.rest, line.number);
    if (typeof read !== 'string') commands.push(read);
    else {
      const message = `${found.called} ${read}; usage: ${USAGES[found.verb].usage}`;
      problems.push({ line: line.number, verb: found.verb, message });
    }
  }
  return { commands, problems };
}

function toCall({ text }: Line): { readonly called: string; readonly verb: Verb; readonly rest: string } | undefined {
  const [, name, after = ''] = /^\/([A-Za-z][A-Za-z-]{0,30})(?:[ \t]+(.*))?$/s.exec(text.trimEnd()) ?? [];
  const called = name?.toLowerCase();
  if (called === undefined) return undefined;
  if (called === 'fairlead') return { called: '/fairlead', verb: 'help', rest: after.replace(/^help\b[ \t]*/i, '') };
  // `/help` belongs to nobody in particular.
  if (!isVerb(called) || called === 'help') return undefined;
  return { called: `/${called}`, verb: called, rest: after.trim() };
}

function readNothing(verb: 'unhold' | 'why' | 'retry' | 'help'): Read {
  return (rest, line) => (rest === '' ? { verb, line } : 'takes nothing behind it');
}

/** Names stand between commas; one that has a comma itself, between double quotes. */
function readLabels(verb: 'label' | 'unlabel'): Read {
  return (rest, line) => {
    const labels = [...rest.matchAll(/"([^"]*)"|[^,"]+/g)].map(([word, quoted]) => (quoted ?? word).trim());
    const named = labels.filter((label) => label !== '');
    if (named.length === 0) return 'names no label';
    if (named.length > MOST_NAMES) return `names more than ${MOST_NAMES} labels`;
    const long = named.some((label) => [...label].length > LONGEST_LABEL);
    return long ? `names a label of more than ${LONGEST_LABEL} characters` : { verb, labels: named, line };
  };
}

function readPeople(verb: 'assign' | 'unassign'): Read {
  return (rest, line) => {
    const words = wordsOf(rest);
    if (words.length > MOST_NAMES) return `names more than ${MOST_NAMES}`;
    const people = words.map((word) => LOGIN.exec(word)?.[1]);
    const wrong = people.indexOf(undefined);
    return wrong < 0 ? { verb, people: people as string[], line } : notAName(words[wrong] as string);
  };
}

function toNamed(word: string): Named | string {
  const team = TEAM.exec(word)?.[1];
  if (team !== undefined) return { kind: 'team', name: team };
  const login = LOGIN.exec(word)?.[1];
  return login === undefined ? notAName(word) : { kind: 'person', name: login };
}

function wordsOf(rest: string): readonly string[] {
  return rest.split(/[\s,]+/).filter((word) => word !== '');
}

function notAName(word: string): string {
  return `names “${word.slice(0, 60)}”, which is no login`;
}

function isDate(text: string): boolean {
  const time = Date.parse(text);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}
