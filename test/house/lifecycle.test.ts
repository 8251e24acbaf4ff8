import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { runUntil, untilStopped } from '../../src/house/lifecycle.ts';

function createSignals() {
  const exits: number[] = [];
  return { signals: Object.assign(new EventEmitter(), { exit: (code: number) => void exits.push(code) }), exits };
}

test.each(['SIGINT', 'SIGTERM'] as const)('%s asks for a stop, and only that', async (signal) => {
  const { signals, exits } = createSignals();
  const stopped = untilStopped(signals);
  signals.emit(signal);
  await stopped;
  expect(exits).toEqual([]);
});

test('a second signal, of either kind, does not wait for the drain', async () => {
  const { signals, exits } = createSignals();
  const stopped = untilStopped(signals);
  signals.emit('SIGTERM');
  await stopped;
  signals.emit('SIGINT');
  expect(exits).toContain(130);
});

test('what runs is stopped at the end', async () => {
  const seen: string[] = [];
  await runUntil({ stop: async () => void seen.push('stopped') }, Promise.resolve());
  expect(seen).toEqual(['stopped']);
});

test('what has failed is stopped too, and whoever ran it hears why', async () => {
  const seen: string[] = [];
  const failed = Promise.reject(new Error('it cannot go on'));
  const running = runUntil({ stop: async () => void seen.push('stopped'), failed }, new Promise(() => {}));
  await expect(running).rejects.toThrow('it cannot go on');
  expect(seen).toEqual(['stopped']);
});
