import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { type Demo, type DemoSettings, startDemo } from '../demo/demo.ts';
import { examplePayloads } from '../demo/example-payload.ts';
import { FairleadError } from '../events/fairlead-error.ts';
import { EXIT_CODES, type Invocation } from './command.ts';
import { describeStep } from './describe-step.ts';
import { packageFolder } from './package-folder.ts';
import { styleFor } from './terminal.ts';
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
  let running: Demo | undefined;
  try {
    running = await startDemo(
      {
        startBot: ({ observe, ...settings }) => context.startBot(toConfig(settings, folder, context), { observe }),
        report: (step) => stdout.write(describeStep(step, style)),
      },
      { payload, deadlineMs: DEADLINE_MS },
    );
    if (running.missing.length > 0) {
      const answer = running.webhookAnswer ?? 'not answered';
      stderr.write(
        `fairlead: not seen in ${duration(running.tookMs)}: ${running.missing.join(', ')} (webhook: ${answer}).\n` +
          `What became of it: FAIRLEAD_STORE=${storeIn(folder)} npx fairlead runs\n`,
      );
      isKept = true;
      return EXIT_CODES.failed;
    }
    stdout.write(`\n${style.good('✓')} All the way in ${duration(running.tookMs)}.\n`);
    if (flag('keep')) {
      const pushed = join(folder, 'push.json');
      writeFileSync(pushed, JSON.stringify(running.push(['src/hello.c'])));
      stdout.write(hints(running, pushed, storeIn(folder)));
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
    lifecycleEvents: 'off',
    checkRuns: true,
    dryRun: 'off',
    rateShare: 1,
    logLevel: 'warn',
    drainMs: 2000,
    keepRunsMs: 0,
    oidc: undefined,
    secrets: {
      env: (name) => (name === TOKEN_VARIABLE ? slack.token : undefined),
      file: (path) => {
        throw new Error(`the demo reads no file for a secret: ${path}`);
      },
    },
  };
}

function hints({ webhookUrl, webhookSecret, githubUrl }: Demo, pushed: string, store: string): string {
  return `
It is still running, until Ctrl-C. From another terminal, a push that leaves the documentation alone:

  WEBHOOK_SECRET=${webhookSecret} npx fairlead send pull_request --payload ${pushed} --url ${webhookUrl}

What became of each event:

  FAIRLEAD_STORE=${store} npx fairlead runs

Webhooks come in at ${webhookUrl}, GitHub’s API is at ${githubUrl}.
`;
}
