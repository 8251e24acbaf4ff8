import type { Message, Reasoned } from './message.ts';

/** A run of text. It is content, never markup: each platform writes it so that it stays text. */
export interface Span {
  readonly text: string;
  readonly bold?: true;
  readonly href?: string;
}

export interface Line {
  readonly bullet?: true;
  readonly spans: readonly Span[];
}

/** Entries of one list that are shown; the rest is counted. */
const LISTED = 10;

/** The one layout that every platform shows: what, by whom, and each decision with its reason. */
export function layOut(message: Message): readonly Line[] {
  const lines: Line[] = [
    { spans: [link(nameOf(message), message.url, true), { text: ' ' }, { text: message.title, bold: true }] },
    {
      spans: [
        { text: 'by ' },
        link(message.author.login, message.author.url),
        { text: ` into ${message.base}${message.draft ? ', a draft' : ''}` },
      ],
    },
    ...section('Labels', message.labels.map(toBullet)),
    ...section('Labels removed', message.removedLabels.map(toBullet)),
    ...section('Reviewers', message.reviewers.map(toBullet)),
    ...section(
      'Problems',
      message.problems.map((text) => ({ bullet: true, spans: [{ text }] })),
    ),
  ];
  if (message.labels.length + message.reviewers.length === 0) {
    lines.push({ spans: [{ text: 'No rule asks for a label or a reviewer.' }] });
  }
  if (message.checkRunUrl !== undefined) lines.push({ spans: [link('Every decision explained', message.checkRunUrl)] });
  return lines;
}

/** `octo/hello#17` */
export function nameOf(message: Message): string {
  return `${message.repository}#${message.number}`;
}

/** The first lines whose sizes add up to no more than `limit`, and a line that says so where some are missing. */
export function firstLines(lines: readonly Line[], limit: number, sizeOf: (line: Line) => number): readonly Line[] {
  const more: Line = { spans: [{ text: '…' }] };
  const room = limit - sizeOf(more);
  const kept: Line[] = [];
  let size = 0;
  for (const line of lines) {
    size += sizeOf(line);
    if (size > room) return [...kept, more];
    kept.push(line);
  }
  return kept;
}

function section(heading: string, bullets: readonly Line[]): readonly Line[] {
  if (bullets.length === 0) return [];
  const rest = bullets.length - LISTED;
  return [
    { spans: [{ text: heading, bold: true }] },
    ...bullets.slice(0, LISTED),
    ...(rest > 0 ? [{ bullet: true as const, spans: [{ text: `and ${rest} more` }] }] : []),
  ];
}

function toBullet({ name, reason }: Reasoned): Line {
  return { bullet: true, spans: [{ text: name, bold: true }, { text: ` – ${reason}` }] };
}

function link(text: string, href: string | undefined, bold?: true): Span {
  return { text, ...(href === undefined ? {} : { href }), ...(bold ? { bold } : {}) };
}
