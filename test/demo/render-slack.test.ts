import { expect, test } from 'vitest';
import { startFakeSlack } from '../../src/demo/fake-slack.ts';
import { renderSlackForTerminal } from '../../src/demo/render-slack.ts';
import { createSlackChat } from '../../src/notifier/chat/slack.ts';
import { systemClock } from '../../src/observe/clock.ts';
import { messageOf } from '../notifier/verified-event.ts';

test('a message in a terminal reads as it does in Slack', async () => {
  const slack = await startFakeSlack();
  const chat = createSlackChat({ clock: systemClock, where: 'x' }, { platform: 'slack', webhook: slack.webhookUrl });
  await chat.send(messageOf({ title: 'Fix <!channel> & more' }), new AbortController().signal);
  expect(renderSlackForTerminal(slack.messages[0]!)).toBe(
    [
      'Fairlead  APP',
      '┃ octo/hello#17 (https://github.com/octo/hello/pull/17) Fix <!channel> & more',
      '┃ by ann (https://github.com/ann) into main',
      '┃ Labels',
      '┃   • docs – README.md matches **/*.md',
      '┃ Reviewers',
      '┃   • bob – owns README.md',
      '┃ Every decision explained (https://github.com/octo/hello/runs/4)',
    ].join('\n'),
  );
  await slack.close();
});

test('a message of text alone is shown without its escapes, and an edited one says so', () => {
  const shown = renderSlackForTerminal({ text: 'a &lt;b&gt; &amp;amp;', blocks: [], edits: 1 });
  expect(shown).toBe('Fairlead  APP  (edited)\n┃ a <b> &amp;');
});
