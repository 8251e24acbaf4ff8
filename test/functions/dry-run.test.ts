/** A dry run decides as ever and writes one check run: by the installation's setting, and by the repository's own. */
import nock from 'nock';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { DryRun } from '../../functions/context.ts';
import { VERIFIED, type VerifiedData } from '../../src/events/catalogue.ts';
import { toMessage } from '../../src/notifier/message.ts';
import { createWorkbench, serve } from './harness.ts';
import { payloadOf } from './payload.ts';
import { loadShipped, runShipped } from './run-shipped.ts';

beforeEach(() => nock.disableNetConnect());
afterEach(() => nock.cleanAll());

const pullRequest = loadShipped('pull-request.yaml');
const RULES = `
labels:
  - { label: documentation, files: ["**/*.md"] }
  - { label: source, files: ["src/**"] }
reviewers:
  - { files: ["**"], people: [hubot], teams: [core] }
`;

interface CheckRun {
  readonly conclusion: string;
  readonly output: { readonly title: string; readonly summary: string; readonly text: string };
}

async function dryRun(setting: DryRun, rules: string) {
  const workbench = createWorkbench({ dryRun: setting });
  const calls = serve({
    'GET /contents/.github%2Ffairlead.yml': () => [
      200,
      { type: 'file', encoding: 'base64', size: rules.length, content: Buffer.from(rules).toString('base64') },
    ],
    'GET /pulls/2/files': () => [200, [{ filename: 'README.md', status: 'modified' }]],
    'POST /check-runs': () => [201, { html_url: 'https://github.com/Codertocat/Hello-World/runs/4' }],
  });
  await workbench.ledger.write('1', '186853002/2', [
    { kind: 'label', name: 'source', state: 'ours', reason: 'src/a.ts', at: 0 },
  ]);
  const payload = payloadOf('opened');
  payload.pull_request.requested_reviewers = [];
  payload.pull_request.labels = [{ name: 'source' }];
  const { result, events } = await runShipped(workbench, pullRequest, payload);
  const ledger = await workbench.ledger.read('1', '186853002/2');
  const verified = events.find(({ type }) => type === VERIFIED);
  const checkRun = calls.find(({ call }) => call === 'POST /check-runs')?.body as CheckRun;
  return { result, verified, ledger, checkRun, calls: calls.map(({ call }) => call) };
}

const READ_AND_REPORT = ['GET /contents/.github%2Ffairlead.yml', 'GET /pulls/2/files', 'POST /check-runs'];

describe.each([
  ['of the whole installation', 'silent', RULES],
  ['of the whole installation, in a repository without check runs', 'silent', `check: false\n${RULES}`],
  ['of one repository', 'off', `mode: dry-run\n${RULES}`],
] as const)('a dry run %s', (_, setting, rules) => {
  test('writes its check run, and nothing else anywhere', async () => {
    const { result, verified, ledger, checkRun, calls } = await dryRun(setting, rules);
    expect(result.status).toBe('completed');
    expect(calls).toEqual(READ_AND_REPORT);
    expect(ledger).toMatchObject([{ name: 'source', state: 'ours' }]);
    expect(checkRun.conclusion).toBe('success');
    expect(checkRun.output.title).toBe(
      'Dry run: 1 label would be added, 1 label would be removed, 2 reviews would be requested',
    );
    expect(checkRun.output.summary).toContain('**A dry run**');
    expect(checkRun.output.text).toContain(
      '### Labels that would be added\n\n- `documentation`: `README.md matches **/*.md`',
    );
    expect(checkRun.output.text).toContain('### Labels that would be removed\n\n- `source`');
    expect(checkRun.output.text).toContain('### Who would be asked for a review\n\n- `Codertocat/core`');
    expect(verified).toBeUndefined();
  });
});

test('a dry run that is announced says so to chats, and claims nothing as done', async () => {
  const { verified, calls } = await dryRun('announced', RULES);
  expect(calls).toEqual(READ_AND_REPORT);
  const data = verified?.data as VerifiedData;
  expect(data).toMatchObject({
    labels: { added: [], removed: [] },
    reviewers: { requested: [] },
    would: {
      labels: { add: [{ name: 'documentation' }], remove: [{ name: 'source' }] },
      request: [{ name: 'Codertocat/core' }, { name: 'hubot' }],
    },
  });
  expect(toMessage('k', verified as never, data)).toMatchObject({
    title: 'Dry run: Update the README with new information.',
    labels: [{ name: 'documentation' }],
    removedLabels: [{ name: 'source' }],
    reviewers: [{ name: 'Codertocat/core' }, { name: 'hubot' }],
  });
});

test.each([
  ['a label', 'POST /repos/{owner}/{repo}/issues/{issue_number}/labels', 'sent'],
  ['a comment', 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments', 'sent'],
  ['a file named like a check run', 'PUT /repos/o/r/contents/check-runs', 'sent'],
])('whatever asks for %s in a dry run, it does not leave', async (_, route, verb) => {
  const calls = serve({});
  const { github } = createWorkbench({ dryRun: 'silent' }).contextOf();
  const asking = github.request(route, { owner: 'o', repo: 'r', issue_number: 1, path: 'check-runs' });
  await expect(asking).rejects.toMatchObject({
    code: 'github.dry_run',
    message: expect.stringContaining(`not ${verb}`),
  });
  expect(calls).toEqual([]);
});

test.each([
  ['a query', 'query($n: Int!) { viewer { login } }', []],
  ['a mutation', 'mutation { enablePullRequestAutoMerge(input: {}) { clientMutationId } }', ['github.dry_run']],
  ['a mutation behind a fragment', 'fragment a on User { id } mutation { x }', ['github.dry_run']],
])('GraphQL in a dry run: %s', async (_, query, refusals) => {
  serve({ 'POST /graphql': () => [200, { data: {} }] });
  const { github } = createWorkbench({ dryRun: 'silent' }).contextOf();
  const codes: unknown[] = [];
  await github.request('POST /graphql', { query }).catch(({ code }) => codes.push(code));
  expect(codes).toEqual(refusals);
});
