/** The small parts that only the house has: what it reads of the operator, calls functions by, and learns of itself. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { NO_TENANT } from '../../src/events/event.ts';
import { FairleadError } from '../../src/events/fairlead-error.ts';
import { learnBotLogin } from '../../src/house/bot-identity.ts';
import { type AnyFunction, createLocalCaller, FUNCTIONS_DOCUMENT } from '../../src/house/local-caller.ts';
import { readOperatorFiles } from '../../src/house/operator-files.ts';
import type { CallContext } from '../../src/workflow/function.ts';
import { createQuietLog } from '../support/quiet.ts';
import { createSimulatedClock } from '../support/simulated-clock.ts';

describe('the operator’s files', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'fairlead-files-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const read = (channelsPath?: string) => readOperatorFiles({ workflowsPath: folder, channelsPath });

  test('are the YAML and JSON of the directory in order of name, without workflow tests', () => {
    for (const name of ['b.yml', 'a.yaml', 'c.json', 'a.test.yaml', 'README.md'])
      writeFileSync(join(folder, name), name);
    expect(read().workflows.map(({ text }) => text)).toEqual(['a.yaml', 'b.yml', 'c.json']);
  });

  test('that are too long to be meant are refused by name', () => {
    writeFileSync(join(folder, 'long.yaml'), 'x'.repeat(1024 * 1024 + 1));
    expect(() => read()).toThrow(/long\.yaml has 1048577 bytes; at most 1048576 are read/);
  });

  test('that are not there name the setting to put right', () => {
    expect(() => readOperatorFiles({ workflowsPath: join(folder, 'no'), channelsPath: undefined })).toThrow(
      'FAIRLEAD_WORKFLOWS',
    );
    expect(() => read(join(folder, 'no.yml'))).toThrow('FAIRLEAD_CHANNELS');
  });
});

describe('a call of a function in this process', () => {
  const greet = {
    operationId: 'greet',
    summary: 'Greets.',
    input: z.object({ name: z.string() }),
    output: z.object({ said: z.string() }),
    handle: async ({ name }: { name: string }, { tenant }: CallContext) => ({ said: `${tenant} greets ${name}` }),
  } as unknown as AnyFunction<CallContext>;
  const caller = createLocalCaller({ functions: [greet], toContext: (call: CallContext) => call });
  const context = { tenant: '7' } as CallContext;
  const call = (operationId: string, parameters: Record<string, never> | { readonly name: string }) =>
    caller.call({ document: FUNCTIONS_DOCUMENT, operationId, parameters }, context);

  test('answers for our own document alone, and knows its operations', () => {
    expect(caller.answers(FUNCTIONS_DOCUMENT)).toBe(true);
    expect(caller.answers('https://petstore.example/openapi.json')).toBe(false);
    expect([...(caller.operations(FUNCTIONS_DOCUMENT) ?? [])]).toEqual(['greet']);
  });

  test('reaches the function in the name of the call’s tenant', async () => {
    expect(await call('greet', { name: 'octocat' })).toEqual({ said: '7 greets octocat' });
  });

  test('with an input that the function does not take says where', async () => {
    await expect(call('greet', {})).rejects.toMatchObject({
      code: 'function.input',
      message: expect.stringContaining('“greet” is not what it takes: name:'),
    });
  });

  test('of a function that does not exist names those that do', async () => {
    await expect(call('wave', { name: 'x' })).rejects.toMatchObject({
      code: 'function.unknown',
      message: 'There is no function “wave”. There are: greet.',
    });
  });
});

describe('the bot’s own login', () => {
  function given(configured: string | undefined, answers: readonly (string | Error)[] = []) {
    const kept = new Map<string, string>();
    const left = [...answers];
    let asked = 0;
    const notes = {
      read: async (tenant: string, name: string) => kept.get(`${tenant} ${name}`),
      write: async (tenant: string, name: string, value: string) => void kept.set(`${tenant} ${name}`, value),
    };
    const ask = async () => {
      asked += 1;
      const answer = left.shift();
      if (typeof answer === 'string') return answer;
      throw answer ?? new Error('GitHub does not answer');
    };
    const clock = createSimulatedClock();
    const dependencies = { configured, ask, notes, clock, log: createQuietLog() };
    return { dependencies, clock, notes, asked: () => asked };
  }

  test('that is configured is not asked for', async () => {
    const { dependencies, asked } = given('fairlead[bot]');
    expect(await learnBotLogin(dependencies, new AbortController().signal)).toBe('fairlead[bot]');
    expect(asked()).toBe(0);
  });

  test('is asked for once, and remembered over restarts', async () => {
    const { dependencies, notes, asked } = given(undefined, ['fairlead[bot]']);
    const { signal } = new AbortController();
    expect(await learnBotLogin(dependencies, signal)).toBe('fairlead[bot]');
    expect(await learnBotLogin(dependencies, signal)).toBe('fairlead[bot]');
    expect(asked()).toBe(1);
    expect(await notes.read(NO_TENANT, 'github.bot-login')).toBe('fairlead[bot]');
  });

  test('is asked for again after 1, 2, 4 … seconds, at most a minute, for as long as it takes', async () => {
    const { dependencies, clock, asked } = given(undefined, [...Array(8).fill(new Error('503')), 'fairlead[bot]']);
    const began = clock.now();
    let login: string | undefined;
    void learnBotLogin(dependencies, new AbortController().signal).then((learned) => {
      login = learned;
    });
    await clock.until(() => login !== undefined);
    expect(asked()).toBe(9);
    expect(clock.now() - began).toBe((1 + 2 + 4 + 8 + 16 + 32 + 60 + 60) * 1000);
  });

  const refusal = new FairleadError('github.unauthorized', 'GitHub answered 401 to GET /app: Bad credentials');

  test('is asked for again where GitHub refuses the credentials, by whoever accepts events', async () => {
    const { dependencies, clock } = given(undefined, [refusal, 'fairlead[bot]']);
    const learned = learnBotLogin(dependencies, new AbortController().signal);
    await clock.settle();
    expect(dependencies.log.lines).toMatchObject([
      {
        level: 'error',
        message: 'who we are cannot be learned yet; events are accepted and wait',
        fields: { retryMs: 1000, err: { message: expect.stringContaining('PRIVATE_KEY and APP_ID') } },
      },
    ]);
    await clock.advance(1000);
    expect(await learned).toBe('fairlead[bot]');
  });

  test('is not asked for again where GitHub refuses the credentials of what works with nothing else', async () => {
    const { dependencies, clock } = given(undefined, [new Error('503'), refusal, 'fairlead[bot]']);
    const learning = learnBotLogin({ ...dependencies, endsIfRefused: true }, new AbortController().signal);
    const learned = learning.catch((error: unknown) => error);
    await clock.settle();
    await clock.advance(1000);
    expect(await learned).toMatchObject({
      code: 'config.invalid',
      message: 'GitHub answered 401 to GET /app: Bad credentials. Are PRIVATE_KEY and APP_ID those of one App?',
    });
  });

  test('is no longer asked for once the house stops', async () => {
    const { dependencies, clock } = given(undefined);
    const stopping = new AbortController();
    const learned = learnBotLogin(dependencies, stopping.signal);
    await clock.settle();
    stopping.abort();
    expect(await learned).toBeUndefined();
    expect(clock.timers()).toEqual([]);
  });
});
