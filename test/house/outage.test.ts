/** GitHub is away for hours, over the whole house: what it told of before is done once it is back, and it is not stormed meanwhile. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openWorld, until, type World } from '../support/house.ts';
import { createLeapingClock } from '../support/leaping-clock.ts';

const HOUR = 3_600_000;
/** Less than GitHub may take for an answer, by far. */
const STEP_MS = 500;

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

test('an outage of six hours ends with the pull request labelled once, and announced once', {
  timeout: 120_000,
}, async () => {
  const clock = createLeapingClock();
  const house = await world.start({ clock });
  await world.tell(world.pull(), 'opened');
  await house.quiet();
  const pull = world.pull();
  const begun = clock.now();
  const end = world.github.fail({ times: Number.POSITIVE_INFINITY }, { status: 502 });
  await world.tell(pull, 'opened');
  for (let hours = 1; hours <= 6; hours += 1) {
    await until(async () => {
      const [run] = await house.runs();
      expect(['pending', 'running', 'waiting', 'completed']).toContain(run?.status);
      const due = run?.status === 'waiting' ? await house.guest.journal.nextDue() : undefined;
      clock.leap(due === undefined ? STEP_MS : Math.max(due - clock.now(), 0));
      return clock.now() - begun >= hours * HOUR;
    }, `${hours} h have passed`);
  }
  end();
  await until(async () => {
    const due = await house.guest.journal.nextDue();
    if (due !== undefined) clock.leap(Math.max(due - clock.now(), 0));
    return pull.labels.length > 0;
  }, 'it is labelled');
  await house.quiet();

  const [run] = await house.runs();
  const history = await house.guest.journal.read('7', run!.id);
  const attempts = history!.entries.filter(({ kind }) => kind === 'retry').length;
  expect(clock.now() - begun).toBeLessThan(6 * HOUR + 15 * 60_000);
  expect(attempts).toBeGreaterThan(80);
  expect(attempts).toBeLessThan(95);
  expect(pull.labels).toEqual(['documentation']);
  expect(world.calls().filter((call) => call === 'POST /repos/octo-org/hello/issues/2/labels')).toHaveLength(1);
  expect((await house.runs()).map(({ status }) => status)).toEqual(['completed', 'completed']);
  expect(world.slack.messages).toHaveLength(2);
});
