import nock from 'nock';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { redact } from '../../functions/redact.ts';
import { reportFault } from '../../functions/report-fault.ts';
import type { CallContext } from '../../src/workflow/function.ts';
import { createWorkbench, serve } from './harness.ts';
import { payloadOf } from './payload.ts';

beforeEach(() => nock.disableNetConnect());
afterEach(() => nock.cleanAll());

const fault = { status: 403, title: 'github.forbidden', detail: 'GitHub answered 403.', instance: '/do/0/a' };

async function reportOf(
  over: object,
  options: { checkRuns?: boolean; call?: Partial<CallContext>; status?: number } = {},
) {
  const { contextOf } = createWorkbench(options);
  const calls = serve({ 'POST /check-runs': () => [options.status ?? 201, {}] });
  const input = reportFault.input.parse({ event: payloadOf('opened'), error: fault, rules: null, ...over });
  const error = await reportFault.handle(input, contextOf(options.call)).catch((thrown: unknown) => thrown);
  return { calls, error, body: calls[0]?.body as { conclusion: string; output: { title: string; summary: string } } };
}

describe('a run that faults for good', () => {
  test('is told on a check run: what failed, what it means, how to try again', async () => {
    const { body } = await reportOf({});
    expect(body).toMatchObject({ name: 'fairlead', status: 'completed', external_id: 'run/task' });
    expect(body.output.title).toBe('This pull request could not be handled');
    expect(body.output.summary).toContain('What failed: `github.forbidden`, status 403.\n\n`GitHub answered 403.`');
    expect(body.output.summary).toContain('permission');
    expect(body.output.summary).toContain('close and reopen it');
    expect(body.output.summary).toContain('`fairlead runs retry run`');
  });

  test('faults as before, with the same status and code, and where', async () => {
    expect((await reportOf({})).error).toMatchObject({
      code: 'github.forbidden',
      status: 403,
      retryable: false,
      message: 'GitHub answered 403. (/do/0/a)',
    });
    expect((await reportOf({ error: { title: 'Timed out', status: 408 } })).error).toMatchObject({
      code: 'function.failed',
      status: 408,
    });
  });

  test('faults all the same where the check run is refused', async () => {
    const { calls, error } = await reportOf({}, { status: 500 });
    expect(calls).toHaveLength(1);
    expect(error).toMatchObject({ code: 'github.forbidden' });
  });

  test.each<[string, object, string]>([
    ['neutral where the rules ask nothing', { rules: { configuration: {} } }, 'neutral'],
    ['action_required where they ask something', { rules: { configuration: { require: [1] } } }, 'action_required'],
    ['action_required where they were not read', {}, 'action_required'],
    ['neutral where nothing was asked', { decision: { check: true } }, 'neutral'],
    ['action_required where something was', { decision: { requirements: [1] } }, 'action_required'],
  ])('concludes %s', async (_, over, conclusion) => {
    expect((await reportOf(over)).body.conclusion).toBe(conclusion);
  });

  test.each<[string, object, Parameters<typeof reportOf>[1]?]>([
    ['the house writes none', {}, { checkRuns: false }],
    ['the repository wants none', { rules: { configuration: { check: false } } }],
    ['the decision says so', { decision: { check: false } }],
    ['an earlier try may have written it', {}, { call: { uncertain: true } }],
    ['no head is known', { event: { pull_request: {}, repository: { full_name: 'a/b' } } }],
  ])('leaves no check run where %s', async (_, over, options) => {
    const { calls, error } = await reportOf(over, options);
    expect(calls).toEqual([]);
    expect(error).toMatchObject({ code: 'github.forbidden' });
  });

  test('shows no credential', async () => {
    const detail = 'with ghs_0123456789abcdef and https://user:pw@example.com/x?token=abc';
    const { body } = await reportOf({ error: { ...fault, detail } });
    expect(body.output.summary).toContain('with [hidden] and https://[hidden]example.com/x?token=[hidden]');
  });
});

test.each([
  ['a token of an installation', 'ghs_16C7e42F292c6912E7710c838347Ae178B4a'],
  ['a personal token', 'github_pat_11ABCDEFG0123456789_abcdef'],
  ['signed claims', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcdef'],
  ['a header', 'Authorization: Bearer abcdefgh12345678'],
  ['a key', '-----BEGIN RSA PRIVATE KEY-----\nabcdefgh12345678\n-----END RSA PRIVATE KEY-----'],
])('%s is hidden, and what is around it is not', (_, secret) => {
  const clean = redact(`before ${secret} after`);
  expect(clean).toMatch(/^before .*\[hidden\] after$/);
  expect(clean).not.toContain('abcdef');
});
