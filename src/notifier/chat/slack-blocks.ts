import { firstLines, type Line, layOut, nameOf, type Span } from '../layout.ts';
import type { Message } from '../message.ts';

/**
 * A message in Slack's terms. It is written as rich text, where content is data in a structure: Slack looks for no markup,
 * mention or emoji in a `text` element, so there is nothing to escape and nothing to forget.
 * @see https://docs.slack.dev/reference/block-kit/blocks/rich-text-block
 */
export interface SlackContent {
  /** What notifications show. This one is markup. */
  readonly text: string;
  readonly blocks: readonly [{ readonly type: 'rich_text'; readonly elements: readonly SlackElement[] }];
  readonly parse: 'none';
  readonly link_names: false;
}

/** What is said once, when a message is posted: its text is no markup, and no preview of its links follows. */
export const POSTING = { mrkdwn: false, unfurl_links: false, unfurl_media: false };

type SlackElement =
  | SlackSection
  | { readonly type: 'rich_text_list'; readonly style: 'bullet'; elements: SlackSection[] };
interface SlackSection {
  readonly type: 'rich_text_section';
  readonly elements: readonly SlackRun[];
}
type SlackRun =
  | { readonly type: 'text'; readonly text: string; readonly style?: { readonly bold: true } }
  | { readonly type: 'link'; readonly url: string; readonly text: string; readonly style?: { readonly bold: true } };

/** Slack gives 3,000 characters for a section's text and does not say what a rich text may hold. */
const CONTENT_LIMIT = 3000;

export function toSlackContent(message: Message): SlackContent {
  const lines = firstLines(layOut(message), CONTENT_LIMIT, lengthOf);
  return {
    text: escapeMrkdwn(`${nameOf(message)} ${message.title} (by ${message.author.login})`),
    blocks: [{ type: 'rich_text', elements: toElements(lines) }],
    parse: 'none',
    link_names: false,
  };
}

/** The three characters that open markup; with them written so, nothing else does while `mrkdwn` is off. @see https://docs.slack.dev/messaging/formatting-message-text#escaping */
function escapeMrkdwn(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Bullets that follow each other become one list; every other line a section of its own, ended by a line break unless a list follows. */
function toElements(lines: readonly Line[]): readonly SlackElement[] {
  const elements: SlackElement[] = [];
  for (const [index, line] of lines.entries()) {
    const last = elements.at(-1);
    const next = lines[index + 1];
    if (!line.bullet) {
      const ending: SlackRun[] = next === undefined || next.bullet ? [] : [{ type: 'text', text: '\n' }];
      elements.push({ type: 'rich_text_section', elements: [...line.spans.map(toRun), ...ending] });
    } else if (last?.type === 'rich_text_list') last.elements.push(toSection(line));
    else elements.push({ type: 'rich_text_list', style: 'bullet', elements: [toSection(line)] });
  }
  return elements;
}

function toSection({ spans }: Line): SlackSection {
  return { type: 'rich_text_section', elements: spans.map(toRun) };
}

function toRun({ text, href, bold }: Span): SlackRun {
  const style = bold ? { style: { bold } } : {};
  return href === undefined ? { type: 'text', text, ...style } : { type: 'link', url: href, text, ...style };
}

function lengthOf({ spans }: Line): number {
  return spans.reduce((sum, { text, href }) => sum + text.length + (href?.length ?? 0), 1);
}
