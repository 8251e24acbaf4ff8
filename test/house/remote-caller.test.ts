/** A function's outcome is the same whether it runs in this process or behind HTTP. */
import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createBodyBudget } from '../../src/broker/body-budget.ts';
import { FairleadError } from '../../src/events/fairlead-error.ts';
import { createFunctionsEndpoint } from '../../src/house/functions-endpoint.ts';
import { type AnyFunction, createLocalCaller, FUNCTIONS_DOCUMENT } from '../../src/house/local-caller.ts';
import { createRemoteCaller } from '../../src/house/remote-caller.ts';
import { systemClock } from '../../src/observe/clock.ts';
import { type Fault, toFault } from '../../src/workflow/fault.ts';
import type { CallContext } from '../../src/workflow/function.ts';
import { type Served, serve } from '../broker/knative-stage.ts';
import { createQuietLog } from '../support/quiet.ts';

const TOKEN = 'a token that only services know';
const CONTEXT: CallContext = {
  tenant: '7',
  runId: '0197-run',
  effectKey: '0197-run/do/0/naïve name#1',
  uncertain: true,
  signal: new AbortController().signal,
};

const opened: Served[] = [];
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
});

/** Both callers over one function, under the name of one that the document has. */
async function callers(handle: (input: unknown, context: CallContext) => Promise<unknown>) {
  const decide: AnyFunction<CallContext> = {
    operationId: 'decide',
    summary: '',
    input: z.object({ facts: z.number() }),
    output: z.unknown(),
    handle,
  };
  const local = createLocalCaller({ functions: [decide], toContext: (call) => call });
  const endpoint = createFunctionsEndpoint({
    caller: local,
    bodies: createBodyBudget(1_000_000),
    clock: systemClock,
    log: createQuietLog(),
    token: TOKEN,
  });
  const served = await serve((req, res) => {
    if (!endpoint.receive(req, res)) res.writeHead(404).end();
  });
  opened.push(served);
  return { local, remote: createRemoteCaller({ url: new URL(served.url), token: TOKEN }), served };
}

const call = { document: FUNCTIONS_DOCUMENT, operationId: 'decide', parameters: { facts: 1 } };

test('the output and the context of the call arrive as they are', async () => {
  const got: CallContext[] = [];
  const { remote } = await callers(async (_, context) => {
    got.push(context);
    return { labels: ['naïve ☃'], none: null };
  });
  expect(await remote.call(call, CONTEXT)).toEqual({ labels: ['naïve ☃'], none: null });
  const { signal: _, ...told } = CONTEXT;
  expect(got[0]).toMatchObject(told);
});

describe('a failure is the same fault in both modes', () => {
  test.each<[string, unknown]>([
    ['GitHub’s refusal with its own status', new FairleadError('github.forbidden', 'No.', { status: 403 })],
    ['a code that has a status by itself', new FairleadError('github.unavailable', 'Away.')],
    [
      'a rate limit that says how long it lasts',
      new FairleadError('github.rate_limited', 'Wait.', { retryAfter: 3_000, status: 403 }),
    ],
    [
      'an error that may be tried again against the custom of its code',
      new FairleadError('github.invalid', 'Odd.', { retryable: true, status: 422 }),
    ],
    ['one that may not', new FairleadError('github.unavailable', 'Redirected.', { retryable: false, status: 502 })],
  ])('%s', async (_, error) => {
    const { local, remote } = await callers(async () => {
      throw error;
    });
    const [here, there] = (await Promise.all(
      [local, remote].map((caller) => caller.call(call, CONTEXT).catch((thrown: unknown) => thrown)),
    )) as [FairleadError, FairleadError];
    const essence = ({ code, message, retryable, retryAfter, status }: FairleadError) => ({
      code,
      message,
      retryable,
      retryAfter,
      status,
    });
    expect(essence(there)).toEqual(essence(here));
    expect(toFault(there, '/do/0').fault).toEqual(toFault(here, '/do/0').fault);
  });

  test('an input that the schema refuses', async () => {
    const { local, remote } = await callers(async () => null);
    const wrong = { ...call, parameters: { facts: 'many' } };
    const [here, there] = await Promise.all(
      [local, remote].map((caller) =>
        caller.call(wrong, CONTEXT).catch((thrown: unknown) => toFault(thrown, '').fault),
      ),
    );
    expect(there).toEqual(here);
  });

  test('an error that nobody foresaw, whose words stay there', async () => {
    const { local, remote } = await callers(async () => {
      throw new TypeError('the secret detail');
    });
    const [here, there] = await Promise.all(
      [local, remote].map((caller) => caller.call(call, CONTEXT).catch((thrown: unknown) => toFault(thrown, '').fault)),
    );
    const { detail, ...fault } = there as Fault;
    expect(here).toMatchObject(fault);
    expect(fault).toMatchObject({ status: 500, title: 'Unexpected error' });
    expect(detail).toBe('“decide”: The function failed; the log of the functions service says why.');
  });
});

describe('what is not the function’s own failure can be tried again', () => {
  test.each([404, 429, 503])('an answer of %i by something in between', async (status) => {
    const gateway = await serve((_, res) => res.writeHead(status).end('no healthy upstream'));
    opened.push(gateway);
    const remote = createRemoteCaller({ url: new URL(gateway.url), token: TOKEN });
    await expect(remote.call(call, CONTEXT)).rejects.toMatchObject({ code: 'function.unavailable', retryable: true });
  });

  test('but for a call that is too large, which is as large the next time', async () => {
    const gateway = await serve((_, res) => res.writeHead(413).end());
    opened.push(gateway);
    const remote = createRemoteCaller({ url: new URL(gateway.url), token: TOKEN });
    await expect(remote.call(call, CONTEXT)).rejects.toMatchObject({
      code: 'function.input',
      status: 413,
      retryable: false,
    });
  });

  test('no answer at all', async () => {
    const remote = createRemoteCaller({ url: new URL('http://127.0.0.1:9'), token: TOKEN });
    await expect(remote.call(call, CONTEXT)).rejects.toMatchObject({ code: 'function.unavailable', status: 503 });
  });
});

test('a call that is cancelled is cancelled at the service', async () => {
  const begun = Promise.withResolvers<AbortSignal>();
  const { remote } = await callers((_, { signal }) => {
    begun.resolve(signal);
    return new Promise(() => {});
  });
  const cancelling = new AbortController();
  const calling = remote.call(call, { ...CONTEXT, signal: cancelling.signal }).catch(() => 'given up');
  const signal = await begun.promise;
  const aborted = new Promise((resolve) => signal.addEventListener('abort', resolve));
  cancelling.abort();
  expect(await calling).toBe('given up');
  await aborted;
});

test.each([
  ['without the token', 'POST', {}, 401],
  ['with GET', 'GET', {}, 405],
  ['without the headers that say which call it is', 'POST', { authorization: `Bearer ${TOKEN}` }, 400],
])('a request %s is answered with a problem', async (_, method, headers, status) => {
  const { served } = await callers(async () => null);
  const answer = await fetch(`${served.url}/decide`, { method, headers: headers as Record<string, string> });
  expect([answer.status, answer.headers.get('content-type')]).toEqual([status, 'application/problem+json']);
});
