/**
 * The lines of a comment that its author says in their own words: not quoted, not code, not in an HTML comment. Where
 * Markdown leaves doubt (a line that may still belong to the quotation above it), the line is left out: a command that does
 * not take effect can be said again. Time is linear in the length of the text.
 * @see https://spec.commonmark.org/0.31.2/
 */
export interface Line {
  /** From 1. */
  readonly number: number;
  /** From its first column; what begins further right is no line of this list. */
  readonly text: string;
}

/** GitHub takes no longer comment. */
const LONGEST_BODY = 65_536;

/** Both may stand in an item of a list. */
const FENCE = /^ {0,3}((?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*)(`{3,}(?=[^`]*$)|~{3,})/;
const QUOTE = /^[ \t]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*>/;
const INDENTED = /^(?: {4}|\t| {1,3}\t)/;
/** HTML whose content is quoted or code. `<!--` ends at `-->`, the others at their own end. */
const HIDING = /<(?:!--|(pre|code|blockquote|script|style|textarea)(?=[\s/>]|$))/giy;

interface Part {
  readonly number: number;
  readonly text: string;
  /** False for the rest of a line whose beginning is hidden. */
  readonly isWhole: boolean;
}

export function visibleLines(body: string): readonly Line[] {
  const visible: Line[] = [];
  let paragraph: Part[] = [];
  let fence: { readonly marks: string; readonly isInList: boolean } | undefined;
  /** What ends the HTML that hides everything until then. */
  let hidden: { readonly tag: string; depth: number } | undefined;
  let isLazy = false;

  function flush(): void {
    if (paragraph.length === 0) return;
    const { seen, open } = readParagraph(paragraph);
    visible.push(...seen);
    hidden = open;
    paragraph = [];
  }

  for (const [index, text] of body
    .slice(0, LONGEST_BODY)
    .split(/\r\n|\n|\r/)
    .entries()) {
    const number = index + 1;
    if (fence !== undefined) {
      if (isEndOf(fence, text)) fence = undefined;
      continue;
    }
    const opening = FENCE.exec(text);
    const isQuote = QUOTE.test(text);
    const isBlank = text.trim() === '';
    if (hidden === undefined && (opening !== null || isQuote || isBlank)) flush();
    if (hidden !== undefined) {
      const rest = afterHidden(hidden, text);
      if (rest === undefined) continue;
      hidden = undefined;
      paragraph.push({ number, text: rest, isWhole: false });
    } else if (opening !== null) fence = { marks: opening[2] as string, isInList: opening[1] !== '' };
    else if (isBlank) isLazy = false;
    else if (isQuote) isLazy = true;
    else if (!isLazy && !(paragraph.length === 0 && INDENTED.test(text))) {
      paragraph.push({ number, text, isWhole: true });
    }
  }
  flush();
  return visible;
}

function isEndOf({ marks, isInList }: { readonly marks: string; readonly isInList: boolean }, text: string): boolean {
  const line = text.trim();
  const isLongEnough = line.length >= marks.length && line === (marks[0] ?? '').repeat(line.length);
  return isLongEnough && (isInList || !INDENTED.test(text));
}

/** What follows the end of hiding HTML on a line; undefined where it does not end there. */
function afterHidden(hidden: { readonly tag: string; depth: number }, text: string): string | undefined {
  if (hidden.tag === '!--') {
    const end = text.indexOf('-->');
    return end < 0 ? undefined : text.slice(end + 3);
  }
  for (const match of text.matchAll(new RegExp(`<(/?)${hidden.tag}(?=[\\s/>]|$)`, 'gi'))) {
    hidden.depth += match[1] === '/' ? -1 : 1;
    if (hidden.depth === 0) return text.slice(match.index + match[0].length);
  }
  return undefined;
}

/** Code spans and HTML may begin in one line of a paragraph and end in another. */
function readParagraph(parts: readonly Part[]): {
  readonly seen: readonly Line[];
  readonly open: { readonly tag: string; depth: number } | undefined;
} {
  const text = parts.map((part) => part.text).join('\n');
  const nextRun = createRunFinder(text);
  const seen: Line[] = [];
  let next = 0;
  let startOfNext = 0;
  /** Lines that begin before `at` are told, as long as what is read is not hidden. */
  const pass = (at: number, isVisible: boolean) => {
    for (let part = parts[next]; part !== undefined && startOfNext <= at; part = parts[next]) {
      if (isVisible && part.isWhole) seen.push({ number: part.number, text: part.text });
      startOfNext += part.text.length + 1;
      next += 1;
    }
  };

  let at = 0;
  while (at < text.length) {
    pass(at, true);
    const character = text[at];
    if (character === '\\') at += 2;
    else if (character === '`') {
      const run = runAt(text, at);
      const end = nextRun(run, at + run);
      // A run that nothing closes is text.
      if (end !== undefined) pass(end, false);
      at = (end ?? at) + run;
    } else if (character === '<') {
      HIDING.lastIndex = at;
      const match = HIDING.exec(text);
      if (match === null) at += 1;
      else {
        const hidden = { tag: match[1] === undefined ? '!--' : match[1].toLowerCase(), depth: 1 };
        const from = at + match[0].length;
        const rest = afterHidden(hidden, text.slice(from));
        if (rest === undefined) return { seen, open: hidden };
        at = text.length - rest.length;
        pass(at - 1, false);
      }
    } else at += 1;
  }
  pass(text.length, true);
  return { seen, open: undefined };
}

function runAt(text: string, at: number): number {
  let end = at;
  while (text[end] === '`') end += 1;
  return end - at;
}

/** Finds the next run of exactly so many backticks, each run looked at once however often it is asked. */
function createRunFinder(text: string): (length: number, from: number) => number | undefined {
  const starts = new Map<number, { readonly at: number[]; next: number }>();
  for (const { 0: run, index } of text.matchAll(/`+/g)) {
    const known = starts.get(run.length) ?? { at: [], next: 0 };
    known.at.push(index);
    starts.set(run.length, known);
  }
  return (length, from) => {
    const runs = starts.get(length);
    if (runs === undefined) return undefined;
    while ((runs.at[runs.next] ?? Number.POSITIVE_INFINITY) < from) runs.next += 1;
    return runs.at[runs.next];
  };
}
