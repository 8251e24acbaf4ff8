import type { DemoStep } from '../demo/demo.ts';
import { plain, type Style } from './terminal.ts';

/** One step of the demo as lines for a person, with others’ words inert. */
export function describeStep(step: DemoStep, style: Style): string {
  const line = (name: string, text: string) => `${style.accent(name.padEnd(10))}${text}\n`;
  const because = (name: string, reason: string) =>
    `${' '.repeat(12)}${plain(name)} ${style.dim(`— ${plain(reason)}`)}\n`;
  switch (step.kind) {
    case 'sent':
      return line(
        'webhook',
        `GitHub sends ${style.bold('pull_request.opened')}, signed: ${plain(`${step.repository}#${step.number} “${step.title}” by ${step.author}`)}`,
      );
    case 'accepted':
      return line('accepted', `${plain(step.type)} ${style.dim(plain(step.id))}`);
    case 'files':
      return line('files', step.files.map(plain).join(', '));
    case 'labels':
      return line('labels', `GitHub is asked to add ${step.names.map(plain).join(', ')}`);
    case 'unlabelled':
      return line('labels', `GitHub is asked to take off ${plain(step.name)}`);
    case 'reviewers':
      return line('reviewers', `GitHub is asked to request ${step.names.map(plain).join(', ')}`);
    case 'check':
      return line('check run', plain(step.title));
    case 'verified': {
      const { labels, reviewers, problems } = step.data;
      return [
        line('verified', 'all of it is on GitHub, and why:'),
        ...labels.added.map(({ name, reason }) => because(`label ${name}`, reason)),
        ...labels.removed.map(({ name, reason }) => because(`not ${name}`, reason)),
        ...reviewers.requested.map(({ name, reason }) => because(`reviewer ${name}`, reason)),
        ...reviewers.skipped.map(({ name, reason }) => because(`not ${name}`, reason)),
        ...problems.map((problem) => `${' '.repeat(12)}${style.bad(plain(problem))}\n`),
      ].join('');
    }
    case 'chat':
      return `${line('chat', 'Slack shows:')}${step.lines.map((text) => `${' '.repeat(12)}${plain(text)}\n`).join('')}`;
  }
}
