import type { SlackBlock, SlackMessage, SlackRun } from './fake-slack.ts';

/** A Slack message as text, about as it would look: a name, a bar at the left, bullets, link targets written out. */
export function renderSlackForTerminal({
  text,
  blocks,
  edits,
}: Pick<SlackMessage, 'text' | 'blocks' | 'edits'>): string {
  const body = blocks.length === 0 ? unescapeMrkdwn(text) : blocks.map(renderBlock).join('\n');
  const lines = body.split('\n').map((line) => `┃ ${line}`.trimEnd());
  return [`Fairlead  APP${edits === 0 ? '' : '  (edited)'}`, ...lines].join('\n');
}

function renderBlock(block: SlackBlock): string {
  if (block.type === 'section') return unescapeMrkdwn(block.text.text);
  return block.elements
    .map((element) =>
      element.type === 'rich_text_list'
        ? element.elements.map((item) => `  • ${item.elements.map(renderRun).join('')}\n`).join('')
        : element.elements.map(renderRun).join('').replace(/\n?$/, '\n'),
    )
    .join('')
    .trimEnd();
}

function renderRun(run: SlackRun): string {
  switch (run.type) {
    case 'text':
      return run.text;
    case 'link':
      return run.text === undefined ? run.url : `${run.text} (${run.url})`;
    case 'user':
      return `@${run.user_id}`;
    case 'broadcast':
      return `@${run.range}`;
  }
}

function unescapeMrkdwn(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}
