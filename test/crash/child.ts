/**
 * The bot as a process of its own, over the fakes of the test that started it: tells its webhook URL on stdout, drains at
 * SIGTERM, and, where argv[2] names a place, kills itself there without warning.
 */
import { writeSync } from 'node:fs';
import type { Config } from '../../src/config.ts';
import { startEmbedded } from '../../src/house/embedded.ts';
import { untilStopped } from '../../src/house/lifecycle.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { secretsOf } from '../support/house.ts';
import { createLeapingClock } from '../support/leaping-clock.ts';
import { createQuietLog } from '../support/quiet.ts';
import { createNumbering, watchHttp, watchStore } from './seams.ts';

export interface ChildOptions {
  readonly config: Omit<Config, 'secrets'>;
  readonly slack: Parameters<typeof secretsOf>[0];
  /** What the hosts of the fakes are called in places, by origin. */
  readonly hosts: readonly (readonly [string, string])[];
  /** Milliseconds that its clock is ahead. */
  readonly ahead: number;
  readonly place?: string;
}

const { config, slack, hosts, ahead, place } = JSON.parse(process.argv[2] as string) as ChildOptions;
const number = createNumbering();
let isCounting = false;

function pass(name: string): void {
  if (isCounting && number(name) === place) process.kill(process.pid, 'SIGKILL');
}

async function reach(name: string): Promise<void> {
  pass(name);
}

await watchHttp(new Map(hosts), reach);
const store = await openSqliteStore({ path: config.storePath });
const house = await startEmbedded(
  { ...config, secrets: secretsOf(slack) },
  {
    store: watchStore(store, reach, async () => {}),
    clock: createLeapingClock(ahead),
    log: createQuietLog(),
    crashPoint: pass,
  },
);
isCounting = true;
writeSync(1, `${house.webhookUrl}\n`);
await untilStopped(process);
await house.stop();
