import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { untilStopped } from '../../src/house/lifecycle.ts';

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
