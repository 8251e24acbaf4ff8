import { expect, test } from 'vitest';
import { createHealth } from '../../src/observe/health.ts';
import { createQuietLog } from '../support/quiet.ts';
import { createSimulatedClock } from '../support/simulated-clock.ts';

function createWatched() {
  const clock = createSimulatedClock();
  const log = createQuietLog();
  const checks: PromiseWithResolvers<void>[] = [];
  const check = () => {
    const asked = Promise.withResolvers<void>();
    checks.push(asked);
    return asked.promise;
  };
  const health = createHealth({ check, clock, log });
  return { clock, log, checks, health, said: () => log.lines.map(({ level, message }) => `${level} ${message}`) };
}

test('nothing is checked while the process starts or drains', async () => {
  const { health, checks } = createWatched();
  expect(await health.unready()).toBe('starting');
  health.ready();
  health.draining();
  health.ready();
  expect(await health.unready()).toBe('draining');
  expect(checks).toEqual([]);
});

test('all who ask while a check is under way, and for two seconds after it, share it', async () => {
  const { health, checks, clock } = createWatched();
  health.ready();
  const asked = [health.unready(), health.unready()];
  await clock.advance(60_000);
  asked.push(health.unready());
  checks[0]?.resolve();
  expect(await Promise.all(asked)).toEqual([undefined, undefined, undefined]);
  await clock.advance(1_999);
  expect(await health.unready()).toBeUndefined();
  expect(checks).toHaveLength(1);

  await clock.advance(1);
  void health.unready();
  expect(checks).toHaveLength(2);
});

test('a failure is shared as well, and each change is logged once', async () => {
  const { health, checks, clock, said } = createWatched();
  health.ready();
  for (const failure of [undefined, 'full', 'full', 'gone', undefined, undefined]) {
    const asked = [health.unready(), health.unready()];
    if (failure === undefined) checks.at(-1)?.resolve();
    else checks.at(-1)?.reject(new Error(failure));
    expect(await Promise.all(asked)).toEqual([failure, failure]);
    await clock.advance(2_000);
  }
  expect(checks).toHaveLength(6);
  expect(said()).toEqual(['warn not ready', 'warn not ready', 'info ready again']);
});
