/**
 * `npm run cluster`: the demo over a cluster on this machine. Source, runner, functions and notifier are processes of their
 * own over one Postgres (that of DATABASE_URL, else one from npm), each started by the first request for it; the broker
 * between them reads the manifests of knative/base.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeStep } from '../src/cli/describe-step.ts';
import { styleFor } from '../src/cli/terminal.ts';
import { startDemo } from '../src/demo/demo.ts';
import { examplePayloads } from '../src/demo/example-payload.ts';
import { type LocalCluster, startCluster } from '../src/house/cluster.ts';
import { createLogger } from '../src/observe/log.ts';
import { startPostgres } from '../test/support/postgres.ts';

const ROOT = join(import.meta.dirname, '..');
const KNATIVE = join(ROOT, 'knative/base');
const DEADLINE_MS = 60_000;
const { stdout, stderr } = process;

const style = styleFor(stdout, process.env);
const folder = mkdtempSync(join(tmpdir(), 'fairlead-cluster-'));
const channelsPath = join(folder, 'channels.yml');
const postgres = await startPostgres();
try {
  const databaseUrl = await postgres.createDatabase();
  const payload = examplePayloads('pull_request')?.find(({ action }) => action === 'opened');
  if (payload === undefined) throw new Error('The example payloads are not installed: npm ci.');
  let cluster: LocalCluster | undefined;
  const demo = await startDemo(
    {
      report: (step) => stdout.write(describeStep(step, style)),
      async startBot({ github, webhookSecret, slack, observe }) {
        const bot = { token: { env: 'DEMO_SLACK_TOKEN' }, channel: slack.channel, api: slack.api };
        // Under the name of the channel that the committed Trigger delivers to.
        writeFileSync(channelsPath, JSON.stringify({ channels: [{ name: 'console', platform: 'slack', bot }] }));
        cluster = await startCluster({
          program: join(ROOT, 'bin', 'fairlead.js'),
          manifests: readdirSync(KNATIVE)
            .filter((name) => /^\d+-.*\.yaml$/.test(name))
            .map((name) => readFileSync(join(KNATIVE, name), 'utf8')),
          environment: {
            APP_ID: github.appId,
            PRIVATE_KEY: github.privateKey,
            GITHUB_API_URL: github.url,
            WEBHOOK_SECRET: webhookSecret,
            DATABASE_URL: databaseUrl,
            FAIRLEAD_INTERNAL_TOKEN: webhookSecret,
            FAIRLEAD_WORKFLOWS: join(ROOT, 'workflows'),
            FAIRLEAD_CHANNELS: channelsPath,
            DEMO_SLACK_TOKEN: slack.token,
          },
          log: createLogger({ level: 'warn' }),
          observe,
          onLine: (role, line) => line.includes('"msg":"ready"') && stdout.write(style.dim(`  ${role} started\n`)),
        });
        const running = cluster;
        return { webhookUrl: `${await running.urlOf('source')}/api/github/webhooks`, stop: running.stop };
      },
    },
    { payload, deadlineMs: DEADLINE_MS },
  );
  if (demo.missing.length === 0)
    stdout.write(`\n✓ All the way over four processes in ${(demo.tookMs / 1000).toFixed(1)} s.\n`);
  else {
    stderr.write(`not seen: ${demo.missing.join(', ')} (webhook: ${demo.webhookAnswer ?? 'not answered'})\n`);
    process.exitCode = 1;
  }
  await demo.close();
} finally {
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
}
