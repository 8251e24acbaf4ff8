import { afterEach, describe, expect, it, test } from 'vitest';
import { createBodyBudget } from '../../src/broker/body-budget.ts';
import type { Subscriber } from '../../src/broker/broker.ts';
import { createEventReceiver, type EventReceiver, type EventReceiverOptions } from '../../src/broker/event-receiver.ts';
import type { Event } from '../../src/events/event.ts';
import { FairleadError } from '../../src/events/fairlead-error.ts';
import { type Clock, systemClock } from '../../src/observe/clock.ts';
import { createQuietLog } from '../support/quiet.ts';
import { createSimulatedClock } from '../support/simulated-clock.ts';
import { type Served, serve, untilTrue } from './knative-stage.ts';

const BINARY = {
  'ce-specversion': '1.0',
  'ce-id': '1',
  'ce-source': '/test',
  'ce-type': 'test.happened',
  'ce-tenant': '7',
  'content-type': 'application/json',
};
const REPLY = { specversion: '1.0', id: 'r', source: '/answers', type: 'test.answered', data: { ok: true } } as const;

const opened: Served[] = [];
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
});

interface Receiving {
  readonly receiver: EventReceiver;
  readonly published: Event[];
  post(init?: {
    headers?: Record<string, string>;
    body?: string;
    method?: string;
    signal?: AbortSignal;
  }): Promise<Response>;
}

async function receiving(
  subscriber: Subscriber,
  options: Partial<EventReceiverOptions> = {},
  clock: Clock = systemClock,
): Promise<Receiving> {
  const published: Event[] = [];
  const receiver = createEventReceiver(
    { clock, log: createQuietLog() },
    { subscriber, publish: async (event) => published.push(event), bodies: createBodyBudget(1_000_000), ...options },
  );
  const served = await serve((req, res) => void receiver.receive(req, res));
  opened.push(served);
  return {
    receiver,
    published,
    post: ({ headers = BINARY, body = '{"n":1}', method = 'POST', signal } = {}) =>
      fetch(served.url, { method, headers, ...(method === 'GET' ? {} : { body }), ...(signal ? { signal } : {}) }),
  };
}

const done: Subscriber = async () => undefined;

describe('what is taken', () => {
  test.each<[string, Record<string, string>, string, readonly string[]]>([
    ['a binary message', BINARY, '{"n":1}', ['1']],
    [
      'a structured message',
      { 'content-type': 'application/cloudevents+json' },
      JSON.stringify({ specversion: '1.0', id: '2', source: '/s', type: 't' }),
      ['2'],
    ],
    [
      'a batch',
      { 'content-type': 'application/cloudevents-batch+json' },
      JSON.stringify(['3', '4'].map((id) => ({ specversion: '1.0', id, source: '/s', type: 't' }))),
      ['3', '4'],
    ],
    ['an empty batch', { 'content-type': 'application/cloudevents-batch+json' }, '[]', []],
  ])('%s is answered 202 once every event of it is handled', async (_, headers, body, ids) => {
    const got: string[] = [];
    const { post } = await receiving(async ({ id }) => void got.push(id) as undefined);
    const answer = await post({ headers, body });
    expect([answer.status, await answer.text(), got]).toEqual([202, '', ids]);
  });

  it('leaves out what brokers add on the way', async () => {
    const got: Event[] = [];
    const { post } = await receiving(async (event) => void got.push(event) as undefined);
    await post({
      headers: { ...BINARY, 'ce-knativearrivaltime': '2026-11-21T01:44:21Z', 'ce-knativebrokerttl': '254' },
    });
    expect(Object.keys(got[0]!).filter((name) => name.startsWith('knative'))).toEqual([]);
  });

  it('answers after the work, not before', async () => {
    const work = Promise.withResolvers<undefined>();
    const { post } = await receiving(() => work.promise);
    let status = 0;
    const answering = post().then((answer) => {
      status = answer.status;
    });
    await new Promise((later) => setTimeout(later, 30));
    expect(status).toBe(0);
    work.resolve(undefined);
    await answering;
    expect(status).toBe(202);
  });
});

describe('what is refused, and whether Knative delivers it again', () => {
  const failing =
    (error: unknown): Subscriber =>
    async () => {
      throw error;
    };
  const RETRIED = [404, 408, 409, 429, 500, 501, 502, 503, 504];

  test.each<[string, Subscriber, Parameters<Receiving['post']>[0], number, string | null]>([
    ['a GET', done, { method: 'GET' }, 405, null],
    ['no CloudEvent at all', done, { headers: { 'content-type': 'application/json' } }, 415, null],
    ['a binary message without an id', done, { headers: { ...BINARY, 'ce-id': '' } }, 400, null],
    ['a body that is not the JSON it claims to be', done, { body: '{' }, 400, null],
    ['a body over the limit', done, { body: JSON.stringify('x'.repeat(2000)) }, 413, null],
    ['an event that the subscriber cannot mean', failing(new FairleadError('event.invalid', 'no')), {}, 400, null],
    ['an event refused for good', failing(new FairleadError('delivery.refused', 'no')), {}, 422, null],
    [
      'a failure whose own status is 404, when it is final',
      failing(new FairleadError('github.not_found', 'no', { status: 404 })),
      {},
      422,
      null,
    ],
    ['a store that is down', failing(new FairleadError('store.unavailable', 'no')), {}, 503, null],
    [
      'a rate limit that says how long it lasts',
      failing(new FairleadError('github.rate_limited', 'no', { retryAfter: 1_500 })),
      {},
      503,
      '2',
    ],
    ['an error that nobody foresaw', failing(new TypeError('secret detail')), {}, 500, null],
  ])('%s', async (_, subscriber, init, status, retryAfter) => {
    const { post } = await receiving(subscriber, { maxBytes: 1000 });
    const answer = await post(init);
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([status, retryAfter]);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    const text = await answer.text();
    expect(text).not.toContain('secret detail');
    expect(RETRIED.includes(status)).toBe(status >= 500);
  });

  it('who may not send, before the body is read, and nothing is handled', async () => {
    const got: string[] = [];
    const asked: (string | undefined)[] = [];
    const { post } = await receiving(async ({ id }) => void got.push(id) as undefined, {
      guard: async ({ headers }) => {
        asked.push(headers.authorization);
        return headers.authorization === 'Bearer good' ? undefined : { status: 401, detail: 'No.' };
      },
      maxBytes: 10,
    });
    const refused = await post({ body: 'x'.repeat(1000) });
    expect([refused.status, await refused.json()]).toEqual([401, expect.objectContaining({ detail: 'No.' })]);
    expect((await post({ headers: { ...BINARY, authorization: 'Bearer good' } })).status).toBe(202);
    expect([asked, got]).toEqual([[undefined, 'Bearer good'], ['1']]);
  });

  it('with a 500 where the guard itself fails', async () => {
    const { post } = await receiving(done, { guard: () => Promise.reject(new TypeError('secret detail')) });
    const answer = await post();
    expect([answer.status, await answer.text()]).toEqual([500, expect.not.stringContaining('secret detail')]);
  });

  it('of a batch with a passing and a final failure, tells the passing one, so that it comes again', async () => {
    const { post } = await receiving(async ({ id }) => {
      throw new FairleadError(id === '1' ? 'delivery.refused' : 'store.unavailable', id);
    });
    const events = ['1', '2'].map((id) => ({ specversion: '1.0', id, source: '/s', type: 't' }));
    const headers = { 'content-type': 'application/cloudevents-batch+json' };
    expect((await post({ headers, body: JSON.stringify(events) })).status).toBe(503);
  });
});

describe('a burst', () => {
  /** A subscriber that handles what it is given when it is let. */
  function held() {
    const got: string[] = [];
    const works: PromiseWithResolvers<undefined>[] = [];
    const subscriber: Subscriber = ({ id }) => {
      got.push(id);
      const work = Promise.withResolvers<undefined>();
      works.push(work);
      return work.promise;
    };
    return { subscriber, got, works };
  }
  const headersOf = (id: string) => ({ headers: { ...BINARY, 'ce-id': id } });

  it('waits: one after the other has its turn, in the order in which they came', async () => {
    const { subscriber, got, works } = held();
    const clock = createSimulatedClock();
    const { post } = await receiving(subscriber, { concurrency: 1 }, clock);
    const answers = [post(headersOf('1'))];
    await untilTrue(() => got.length === 1);
    for (const id of ['2', '3']) {
      const waiting = clock.timers().length;
      answers.push(post(headersOf(id)));
      await untilTrue(() => clock.timers().length === waiting + 1);
    }
    for (const nth of [0, 1, 2]) {
      await untilTrue(() => works.length === nth + 1);
      works[nth]?.resolve(undefined);
      expect((await answers[nth])?.status).toBe(202);
    }
    expect(got).toEqual(['1', '2', '3']);
  });

  it('is asked to come again in a second where too many wait', async () => {
    const { subscriber, got, works } = held();
    const clock = createSimulatedClock();
    const { post } = await receiving(subscriber, { concurrency: 1, mostWaiting: 1 }, clock);
    const answers = [post(headersOf('1'))];
    await untilTrue(() => got.length === 1);
    answers.push(post(headersOf('2')));
    await untilTrue(() => clock.timers().length === 1);
    const refused = await post(headersOf('3'));
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1']);
    works[0]?.resolve(undefined);
    await untilTrue(() => works.length === 2);
    works[1]?.resolve(undefined);
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([202, 202]);
    expect(got).toEqual(['1', '2']);
  });

  it('is asked to come again in a second where it waited half a minute', async () => {
    const { subscriber, got, works } = held();
    const clock = createSimulatedClock();
    const { post } = await receiving(subscriber, { concurrency: 1 }, clock);
    const first = post(headersOf('1'));
    await untilTrue(() => got.length === 1);
    const second = post(headersOf('2'));
    await untilTrue(() => clock.timers().length === 1);
    await clock.advance(30_000);
    const refused = await second;
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
    works[0]?.resolve(undefined);
    expect((await first).status).toBe(202);
    expect(got).toEqual(['1']);
  });

  it('has its bodies in memory within the budget, from the first byte until it is handled', async () => {
    const { subscriber, got, works } = held();
    const clock = createSimulatedClock();
    const { post } = await receiving(subscriber, { concurrency: 1, bodies: createBodyBudget(20) }, clock);
    const body = '"12345678"';
    const first = post({ ...headersOf('1'), body });
    await untilTrue(() => got.length === 1);
    const second = post({ ...headersOf('2'), body });
    await untilTrue(() => clock.timers().length === 1);
    const refused = await post({ ...headersOf('3'), body: '1' });
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
    works[0]?.resolve(undefined);
    expect((await first).status).toBe(202);
    await untilTrue(() => works.length === 2);
    works[1]?.resolve(undefined);
    expect((await second).status).toBe(202);
    works.length = 0;
    const third = post({ ...headersOf('3'), body: '"123456789012345678"' });
    await untilTrue(() => works.length === 1);
    works[0]?.resolve(undefined);
    expect((await third).status).toBe(202);
  });

  it('that waits at the end of the process is asked to come again at once', async () => {
    const { subscriber, got, works } = held();
    const clock = createSimulatedClock();
    const { post, receiver } = await receiving(subscriber, { concurrency: 1 }, clock);
    const first = post(headersOf('1'));
    await untilTrue(() => got.length === 1);
    const second = post(headersOf('2'));
    await untilTrue(() => clock.timers().length === 1);
    const drained = receiver.drain(10_000);
    expect((await second).status).toBe(503);
    works[0]?.resolve(undefined);
    expect((await first).status).toBe(202);
    await drained;
    expect(got).toEqual(['1']);
  });
});

describe('replies', () => {
  test.each<[string, string | undefined, boolean]>([
    ['the sender asks', 'reply', true],
    ['the sender asks among other things', 'respond-async, Reply; wait=10', true],
    ['the sender does not ask', undefined, false],
    ['the sender asks for something else', 'return=minimal', false],
  ])('in the body of a 200 or published: %s', async (_, prefer, isInBody) => {
    const { post, published } = await receiving(async () => REPLY);
    const answer = await post({ headers: { ...BINARY, ...(prefer === undefined ? {} : { prefer }) } });
    const body = await answer.text();
    const owned = { ...REPLY, tenant: '7' };
    if (isInBody) {
      expect([answer.status, answer.headers.get('ce-type'), answer.headers.get('ce-tenant'), body]).toEqual([
        200,
        REPLY.type,
        '7',
        '{"ok":true}',
      ]);
      expect(published).toEqual([]);
    } else {
      expect([answer.status, body, published]).toEqual([202, '', [owned]]);
    }
  });
});

describe('the end of the process', () => {
  it('waits for what is under way, and refuses what comes meanwhile', async () => {
    const work = Promise.withResolvers<undefined>();
    const begun = Promise.withResolvers<void>();
    const { post, receiver } = await receiving(() => {
      begun.resolve();
      return work.promise;
    });
    const first = post();
    await begun.promise;
    const drained = receiver.drain(10_000);
    const late = await post();
    expect([late.status, late.headers.get('retry-after')]).toEqual([503, '1']);
    work.resolve(undefined);
    await drained;
    expect((await first).status).toBe(202);
  });

  it('aborts at the deadline, and the sender is asked to try again', async () => {
    const begun = Promise.withResolvers<AbortSignal>();
    const { post, receiver } = await receiving((_, { signal }) => {
      begun.resolve(signal);
      return new Promise(() => {});
    });
    const first = post();
    const signal = await begun.promise;
    await receiver.drain(5);
    expect([(await first).status, signal.aborted]).toEqual([503, true]);
  });

  it('tells the subscriber when the sender has gone', async () => {
    const begun = Promise.withResolvers<AbortSignal>();
    const { post } = await receiving((_, { signal }) => {
      begun.resolve(signal);
      return new Promise(() => {});
    });
    const leaving = new AbortController();
    const gone = post({ signal: leaving.signal }).catch(() => 'gone');
    const signal = await begun.promise;
    leaving.abort();
    await gone;
    await untilTrue(() => signal.aborted);
  });
});
