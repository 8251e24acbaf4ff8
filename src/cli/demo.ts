import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { type DemoSettings, type DemoStep, startDemo } from '../demo/demo.ts';
import { examplePayloads } from '../demo/example-payload.ts';
import { FairleadError } from '../events/fairlead-error.ts';
import { EXIT_CODES, type Invocation } from './command.ts';
import { packageFolder } from './package-folder.ts';
import { plain, type Style, styleFor } from './terminal.ts';
import { duration } from './time.ts';

const DEADLINE_MS = 5000;
const TOKEN_VARIABLE = 'DEMO_SLACK_TOKEN';

/** `fairlead demo`: exit 1 when the message does not arrive in time. */
export async function demo({ context, flag }: Invocation): Promise<number> {
  const { stdout, stderr, environment } = context;
  const payload = examplePayloads('pull_request')?.find(({ action }) => action === 'opened');
  if (!payload) {
    throw new FairleadError(
      'config.invalid',
      'The demo sends a payload of @octokit/webhooks-examples, which only a checkout has: git clone, npm ci, npm run demo.',
    );
  }
  const style = styleFor(stdout, environment);
  const folder = mkdtempSync(join(tmpdir(), 'fairlead-demo-'));
  let isKept = false;
  let running: Awaited<ReturnType<typeof startDemo>> | undefined;
  try {
    running = await startDemo(
      {
        startBot: ({ observe, ...settings }) => context.startBot(toConfig(settings, folder, context), { observe }),
        report: (step) => stdout.write(describe(step, style)),
      },
      { payload, deadlineMs: DEADLINE_MS },
    );
    if (running.missing.length > 0) {
      const answer = running.webhookAnswer ?? 'not answered';
      stderr.write(
        `fairlead: not seen within ${duration(DEADLINE_MS)}: ${running.missing.join(', ')} (webhook: ${answer}).\n` +
          `What became of it: FAIRLEAD_STORE=${storeIn(folder)} npx fairlead runs\n`,
      );
      isKept = true;
      return EXIT_CODES.failed;
    }
    stdout.write(`\n${style.good('✓')} All the way in ${duration(running.tookMs)}.\n`);
    if (flag('keep')) {
      stdout.write(hints(running.webhookUrl, running.webhookSecret, running.githubUrl));
      await context.untilStopped();
    }
    return EXIT_CODES.done;
  } finally {
    await running?.close();
    if (!isKept) rmSync(folder, { recursive: true, force: true });
  }
}

function storeIn(folder: string): string {
  return join(folder, 'fairlead.db');
}

/** A configuration that owes nothing to the machine's own: another store, ports that are free, the fakes for the world. */
function toConfig(
  settings: Omit<DemoSettings, 'observe'>,
  folder: string,
  { readLocalConfig }: Invocation['context'],
): Config {
  const { github, slack, webhookSecret } = settings;
  const { http } = readLocalConfig({});
  const channelsPath = join(folder, 'channels.yml');
  writeFileSync(
    channelsPath,
    JSON.stringify({
      channels: [
        {
          name: 'demo-slack',
          platform: 'slack',
          bot: { token: { env: TOKEN_VARIABLE }, channel: slack.channel, api: slack.api },
        },
      ],
    }),
  );
  return {
    github: {
      appId: github.appId,
      privateKey: github.privateKey,
      webhookSecrets: [webhookSecret],
      apiUrl: github.url,
      botLogin: undefined,
    },
    http: { ...http, host: '127.0.0.1', port: 0, internalHost: '127.0.0.1', internalPort: 0 },
    storePath: storeIn(folder),
    // Those of the package itself, wherever the demo is started.
    workflowsPath: join(packageFolder(), 'workflows'),
    channelsPath,
    eventConvention: 'knative',
    checkRuns: true,
    logLevel: 'warn',
    drainMs: 2000,
    secrets: {
      env: (name) => (name === TOKEN_VARIABLE ? slack.token : undefined),
      file: (path) => {
        throw new Error(`the demo reads no file for a secret: ${path}`);
      },
    },
  };
}

function describe(step: DemoStep, style: Style): string {
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
    case 'reviewers':
      return line('reviewers', `GitHub is asked to request ${step.names.map(plain).join(', ')}`);
    case 'check':
      return line('check run', plain(step.title));
    case 'verified': {
      const { labels, reviewers, problems } = step.data;
      return [
        line('verified', 'all of it is on GitHub, and why:'),
        ...labels.added.map(({ name, reason }) => because(`label ${name}`, reason)),
        ...reviewers.requested.map(({ name, reason }) => because(`reviewer ${name}`, reason)),
        ...reviewers.skipped.map(({ name, reason }) => because(`not ${name}`, reason)),
        ...problems.map((problem) => `${' '.repeat(12)}${style.bad(plain(problem))}\n`),
      ].join('');
    }
    case 'chat':
      return `${line('chat', 'Slack shows:')}${step.lines.map((text) => `${' '.repeat(12)}${plain(text)}\n`).join('')}`;
  }
}

function hints(webhookUrl: string, secret: string, githubUrl: string): string {
  return `
It is still running, until Ctrl-C. From another terminal:

  WEBHOOK_SECRET=${secret} npx fairlead send pull_request --action synchronize --url ${webhookUrl}

The webhook comes in at ${webhookUrl}, GitHub’s API is at ${githubUrl}.
`;
}
