import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Failure, Received } from '../../src/demo/chat-server.ts';
import type { FairleadError } from '../../src/events/fairlead-error.ts';
import type { Chat } from '../../src/notifier/chat.ts';
import type { Clock } from '../../src/observe/clock.ts';
import { messageOf } from '../notifier/verified-event.ts';
import { createSimulatedClock, type SimulatedClock } from '../support/simulated-clock.ts';

/** A Chat with the platform it talks to, as its suite needs them. */
export interface ChatUnderTest {
  readonly chat: Chat;
  /** What readers see: one text for each message that stands. */
  shown(): readonly string[];
  /** Of platforms that are reached over HTTP. */
  readonly wire?: {
    readonly received: readonly Received[];
    /** No error may contain it. */
    readonly secret: string;
    fail(failure: Failure): void;
  };
  /** As a person does it on the platform; of those that can edit. */
  deleteAll?(): void;
  close(): Promise<void>;
}

/** What a platform can do; what it cannot is not held against it. */
export interface Abilities {
  readonly wire?: true;
  readonly edits?: true;
  readonly finds?: true;
}

/** What `src/notifier/chat.ts` promises, held against one implementation. */
export function describeChat(name: string, abilities: Abilities, open: (clock: Clock) => Promise<ChatUnderTest>): void {
  describe(`${name}, as a Chat`, () => {
    const signal = new AbortController().signal;
    let clock: SimulatedClock;
    let under: ChatUnderTest;

    beforeEach(async () => {
      clock = createSimulatedClock();
      under = await open(clock);
    });
    afterEach(() => under.close());

    test('shows the pull request, its author, and each label and reviewer with the reason', async () => {
      await under.chat.send(messageOf(), signal);
      expect(under.shown()).toHaveLength(1);
      for (const part of ['octo/hello', '17', 'Explain how to moor', 'ann', 'docs', 'bob', 'owns']) {
        expect(under.shown()[0]).toContain(part);
      }
    });

    test('shows a second message beside the first', async () => {
      await under.chat.send(messageOf(), signal);
      await under.chat.send(messageOf({ number: 18 }), signal);
      expect(under.shown()).toHaveLength(2);
    });

    test('can do what it says, and no more', () => {
      const { update, find } = under.chat;
      expect({ edits: update !== undefined, finds: find !== undefined }).toEqual({
        edits: abilities.edits ?? false,
        finds: abilities.finds ?? false,
      });
    });

    if (abilities.edits) {
      test('edits a message in place, as often as asked, and keeps its reference', async () => {
        const { update, send } = under.chat as Required<Chat>;
        const reference = (await send(messageOf(), signal))!;
        for (const _ of [1, 2])
          expect(await update(reference, messageOf({ title: 'Now better' }), signal)).toBe(reference);
        expect(under.shown()).toHaveLength(1);
        expect(under.shown()[0]).toContain('Now better');
      });

      test('says that a message to be edited is gone', async () => {
        const { update, send } = under.chat as Required<Chat>;
        const reference = (await send(messageOf(), signal))!;
        under.deleteAll!();
        await expect(update(reference, messageOf(), signal)).rejects.toMatchObject({
          code: 'chat.gone',
          retryable: false,
        });
      });
    }

    if (abilities.finds) {
      test('finds a message again by its key, and no other', async () => {
        const { find, send } = under.chat as Required<Chat>;
        const before = Date.now();
        expect(await find(messageOf({}, 'mine'), before, signal)).toBeUndefined();
        const reference = await send(messageOf({}, 'mine'), signal);
        for (let other = 0; other < 150; other += 1) await send(messageOf({}, `other-${other}`), signal);
        expect(await find(messageOf({ title: 'Changed since' }, 'mine'), before, signal)).toBe(reference);
        expect(await find(messageOf({}, 'nobody’s'), before, signal)).toBeUndefined();
      });
    }

    if (!abilities.wire) return;

    const failures: readonly [name: string, failure: Failure, expected: Partial<FairleadError>][] = [
      [
        'a 503 is worth another try',
        { answer: { status: 503 } },
        { code: 'chat.unavailable', retryable: true, status: 503 },
      ],
      [
        'a 429 is worth another try, after as long as the platform says in seconds',
        { answer: { status: 429, headers: { 'retry-after': '7' } } },
        { code: 'chat.unavailable', retryable: true, retryAfter: 7000 },
      ],
      [
        'a 503 may say until when as a date',
        { answer: { status: 503, headers: { 'retry-after': 'Sat, 21 Nov 2026 12:00:30 GMT' } } },
        { code: 'chat.unavailable', retryAfter: 30_000 },
      ],
      [
        'a connection closed without an answer is worth another try',
        { answer: 'drop' },
        { code: 'chat.unavailable', retryable: true },
      ],
      [
        'a 403 is final',
        { answer: { status: 403, body: { description: 'Forbidden' } } },
        { code: 'chat.refused', retryable: false, status: 403 },
      ],
      [
        'a 404 of no known form is final',
        { answer: { status: 404, body: '<html>' } },
        { code: 'chat.refused', retryable: false },
      ],
      [
        'a redirect is final, and is not followed',
        { answer: { status: 307, headers: { location: 'http://127.0.0.1:9/' } } },
        { code: 'chat.refused', retryable: false },
      ],
    ];
    test.for(failures)('%s', async ([_name, failure, expected]) => {
      const wire = under.wire!;
      wire.fail(failure);
      const error = await under.chat.send(messageOf(), signal).then(
        () => undefined,
        (reason: FairleadError) => reason,
      );
      expect(error).toMatchObject(expected);
      expect(JSON.stringify([error!.message, error!.stack, String(error!.cause)])).not.toContain(wire.secret);
      expect(wire.received).toHaveLength(1);
      await under.chat.send(messageOf(), signal);
      expect(under.shown()).toHaveLength(1);
    });

    test('does not wait for an answer longer than ten seconds', async () => {
      under.wire!.fail({ answer: 'hang' });
      const sending = under.chat.send(messageOf(), signal).catch((error: FairleadError) => error);
      while (under.wire!.received.length === 0) await clock.settle();
      await clock.advance(9_999);
      expect(clock.timers()).toHaveLength(1);
      await clock.advance(1);
      expect(await sending).toMatchObject({ code: 'chat.unavailable', message: expect.stringContaining('10 s') });
    });

    test('gives up at once when the process stops', async () => {
      const stopping = new AbortController();
      under.wire!.fail({ answer: 'hang' });
      const sending = under.chat.send(messageOf(), stopping.signal).catch((error: FairleadError) => error);
      while (under.wire!.received.length === 0) await clock.settle();
      stopping.abort();
      expect(await sending).toMatchObject({ code: 'chat.unavailable', retryable: true });
      expect(clock.timers()).toEqual([]);
    });

    test('an answer without end is cut off', async () => {
      under.wire!.fail({ answer: { status: 400, body: 'x'.repeat(5_000_000) } });
      await expect(under.chat.send(messageOf(), signal)).rejects.toMatchObject({ code: 'chat.refused' });
    });

    test('a platform that is not there at all is worth another try', async () => {
      await under.close();
      const error: FairleadError = await under.chat
        .send(messageOf(), signal)
        .then(expect.unreachable, (reason) => reason);
      expect(error).toMatchObject({ code: 'chat.unavailable', message: expect.stringContaining('ECONNREFUSED') });
      expect(`${error.message} ${error.stack} ${error.cause}`).not.toContain(under.wire!.secret);
    });
  });
}
