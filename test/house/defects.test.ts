/** What the bot's ancestor got wrong, each as a test over the whole house: one process, real HTTP, the fakes around it. */
import { afterEach, describe, expect, test } from 'vitest';
import { renderSlackForTerminal } from '../../src/demo/render-slack.ts';
import { VERIFIED } from '../../src/events/catalogue.ts';
import { addRepository, openWorld, post, RULES, until, type World, type WorldOptions } from '../support/house.ts';
import { createLeapingClock } from '../support/leaping-clock.ts';

let world: World;
afterEach(() => world.close());

async function given(options?: WorldOptions) {
  world = await openWorld(options);
  return world;
}

const shown = () => world.slack.messages.map(renderSlackForTerminal).join('\n');
const statuses = (runs: readonly { readonly status: string }[]) => runs.map(({ status }) => status);

describe('the verified event', () => {
  test('has a consumer, and tells of every rule that matched, not of one', async () => {
    await given();
    const house = await world.start();
    await world.tell(world.pull({ files: ['README.md', 'src/main.c', 'src/guide.md'] }), 'opened');
    await house.quiet();

    expect(house.verified).toHaveLength(1);
    expect(house.verified[0]?.labels.added).toEqual([
      { name: 'documentation', reason: 'README.md matches **/*.md' },
      { name: 'source', reason: 'src/main.c matches src/**' },
    ]);
    expect(shown()).toContain('documentation – README.md matches **/*.md');
    expect(shown()).toContain('source – src/main.c matches src/**');
  });

  test('comes of a pull request without a changed file, too', async () => {
    await given();
    const house = await world.start();
    await world.tell(world.pull({ files: [] }), 'opened');
    await house.quiet();

    expect(statuses(await house.runs())).toEqual(['completed']);
    expect(house.verified).toMatchObject([{ labels: { added: [], removed: [], kept: [] }, problems: [] }]);
    expect(world.repository.checkRuns).toMatchObject([{ output: { title: 'Nothing to do' } }]);
    expect(world.slack.messages).toHaveLength(1);
  });
});

describe('nothing is started', () => {
  test('by the webhooks that the bot’s own labels and review requests cause', async () => {
    await given({ github: { echo: true } });
    const house = await world.start();
    await world.tell(world.pull({ files: ['README.md', 'src/main.c'] }), 'opened');
    await house.quiet();

    const own = world.github.world.deliveries.filter(({ payload }) => isBy(payload, world.github.botLogin));
    expect(own.map(({ payload, event }) => `${event}.${payload.action}`).sort()).toEqual([
      'check_run.created',
      'pull_request.labeled',
      'pull_request.labeled',
      'pull_request.review_requested',
    ]);
    expect(own.every(({ statusCode }) => statusCode === 202)).toBe(true);
    expect(await house.runs()).toHaveLength(1);
    expect(world.slack.messages).toMatchObject([{ edits: 0 }]);
  });

  test.each(['opened', 'synchronize', 'edited', 'reopened'])('by the bot’s own pull_request.%s', async (action) => {
    await given();
    const house = await world.start();
    await world.tell(world.pull({ author: world.github.botLogin }), action);
    await house.quiet();

    expect(await house.runs()).toEqual([]);
    expect(world.calls()).toEqual([]);
  });

  test.each(['closed', 'assigned', 'locked', 'converted_to_draft', 'auto_merge_enabled'])(
    'by pull_request.%s',
    async (action) => {
      await given();
      const house = await world.start();
      expect(await world.tell(world.pull(), action)).toMatchObject({ statusCode: 202 });
      await house.quiet();

      expect(await house.runs()).toEqual([]);
      expect(world.calls()).toEqual([]);
      expect(world.slack.messages).toEqual([]);
    },
  );

  test.each(['labeled', 'unlabeled'])('but the memory of a person’s word by pull_request.%s', async (action) => {
    await given();
    const house = await world.start();
    await world.tell(world.pull(), action, { sender: 'hubot', label: { name: 'source' } });
    await house.quiet();

    expect((await house.runs()).map(({ definition }) => definition.name)).toEqual(['human-override']);
    expect(world.calls()).toEqual(
      action === 'unlabeled' ? ['GET /repos/octo-org/hello/contents/.github/fairlead.yml'] : [],
    );
    expect(world.slack.messages).toEqual([]);
  });
});

describe('an access token', () => {
  test('that GitHub refuses before its time is asked for anew, once', async () => {
    await given();
    const house = await world.start();
    await world.tell(world.pull(), 'opened');
    await house.quiet();
    world.github.expireTokens();

    await world.tell(world.pull(), 'opened');
    await house.quiet();

    expect(statuses(await house.runs())).toEqual(['completed', 'completed']);
    expect(tokensAsked()).toBe(2);
  });

  test('is renewed before it expires', async () => {
    const clock = createLeapingClock();
    await given({ github: { now: clock.now, tokenLifetimeMs: 10 * 60_000 } });
    const house = await world.start({ clock });
    await world.tell(world.pull(), 'opened');
    await house.quiet();
    clock.leap(4 * 60_000);
    await world.tell(world.pull(), 'opened');
    await house.quiet();
    expect(tokensAsked()).toBe(1);

    clock.leap(2 * 60_000);
    await world.tell(world.pull(), 'opened');
    await house.quiet();

    expect(tokensAsked()).toBe(2);
    expect(world.github.requests.filter(({ status }) => status === 401)).toEqual([]);
    expect(house.verified).toHaveLength(3);
  });

  const tokensAsked = () => world.github.requests.filter(({ path }) => path.endsWith('/access_tokens')).length;
});

test('a webhook is not answered before its event is committed', async () => {
  await given();
  const committing = Promise.withResolvers<void>();
  const mayCommit = Promise.withResolvers<void>();
  const house = await world.start({
    wrapStore: (store) => ({
      ...store,
      outbox: {
        ...store.outbox,
        async publish(publication) {
          const outcome = await store.outbox.publish(publication);
          committing.resolve();
          await mayCommit.promise;
          return outcome;
        },
      },
    }),
  });
  let answered = false;
  const answer = world.tell(world.pull(), 'opened').then(({ statusCode }) => {
    answered = true;
    return statusCode;
  });
  await committing.promise;
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(answered).toBe(false);
  mayCommit.resolve();
  expect(await answer).toBe(202);
  await house.quiet();
});

describe('two repositories and two installations do not mix', () => {
  test('rules, tokens, labels and messages are each one’s own, though number and title are the same', async () => {
    await given();
    const { github, slack } = world;
    github.addInstallation({ id: 8, account: 'other-org' });
    const rulesOf = (label: string) => ({
      '.github/fairlead.yml': `labels: [{ label: ${label}, files: ["**"] }]\nreviewers: [{ files: ["**"], people: [hubot] }]\n`,
    });
    const sister = addRepository(github, { fullName: 'octo-org/sister', contents: rulesOf('sister') });
    const stranger = addRepository(github, {
      installation: 8,
      fullName: 'other-org/hello',
      contents: rulesOf('stranger'),
    });
    const house = await world.start();
    const pulls = [world.pull(), world.pull({}, sister), world.pull({}, stranger)];
    await Promise.all(pulls.map((pull) => world.tell(pull, 'opened')));
    await house.quiet();

    expect(pulls.map(({ labels }) => labels)).toEqual([['documentation'], ['sister'], ['stranger']]);
    expect(pulls.map(({ reviewers }) => reviewers.map(({ login }) => login))).toEqual([
      ['octocat'],
      ['hubot'],
      ['hubot'],
    ]);
    const strangers = github.requests.filter(({ path }) => path.startsWith('/repos/other-org/'));
    expect(strangers).toHaveLength(5);
    expect(strangers.every(({ installation }) => installation === 8)).toBe(true);
    const ours = github.requests.filter(({ path }) => path.startsWith('/repos/octo-org/'));
    expect(ours.every(({ installation }) => installation === 7)).toBe(true);
    expect(slack.messages).toHaveLength(3);
    expect((await house.runs()).map(({ tenant }) => tenant).sort()).toEqual(['7', '7', '8']);
  });

  test('a label that a person took off in one repository is still added in the other', async () => {
    await given();
    const sister = addRepository(world.github, {
      fullName: 'octo-org/sister',
      contents: { '.github/fairlead.yml': RULES },
    });
    const house = await world.start();
    const [here, there] = [world.pull(), world.pull({}, sister)];
    await world.tell(here, 'unlabeled', { sender: 'hubot', label: { name: 'documentation' } });
    await house.quiet();
    await Promise.all([here, there].map((pull) => world.tell(pull, 'opened')));
    await house.quiet();

    expect(here.labels).toEqual([]);
    expect(there.labels).toEqual(['documentation']);
  });
});

describe('a hostile title stays inert', () => {
  test.each([
    ['a mention of a channel', '<!channel> look here'],
    ['a mention of everyone', '@everyone @here @channel'],
    ['a link that lies', '<https://evil.example|octo-org/hello#1>'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: what the workflow language would evaluate.
    ['an expression of the workflow language', '${ .secret } ${ env.HOME }'],
    ['a template', '{{ constructor.constructor("return process")() }}'],
    ['a line that pretends to be another part', 'harmless\n*Reviewers*\n• octocat'],
  ])('%s', async (_, title) => {
    await given();
    const house = await world.start();
    await world.tell(world.pull({ title }), 'opened');
    await house.quiet();

    expect(house.verified).toMatchObject([{ title }]);
    const [message] = world.slack.messages;
    expect(message?.mentions).toEqual([]);
    const runs = message!.blocks.flatMap((block) =>
      block.type === 'rich_text'
        ? block.elements.flatMap(({ elements }) =>
            elements.flatMap((one) => ('elements' in one ? one.elements : [one])),
          )
        : [],
    );
    expect(runs.some((run) => run.type === 'text' && run.text.includes(title.split('\n')[0] as string))).toBe(true);
    expect(runs.flatMap((run) => (run.type === 'link' ? [new URL(run.url).hostname] : []))).not.toContain(
      'evil.example',
    );
    expect(message?.text).not.toMatch(/<[!@]|<https:\/\/evil/);
  });

  test('and so does a hostile file name, in the message and in the check run', async () => {
    await given();
    const house = await world.start();
    await world.tell(world.pull({ files: ['src/<!here> `@octo-org/all` ![x](https://evil.example).md'] }), 'opened');
    await house.quiet();

    expect(world.slack.messages[0]?.mentions).toEqual([]);
    const text = world.repository.checkRuns[0]?.output.text ?? '';
    expect(text).toContain('evil.example');
    // Inside a code span that no backtick of the name can end.
    expect(text).toMatch(/: `` .*`@octo-org\/all`.* ``/);
  });
});

describe('what GitHub answers is told apart', () => {
  const files = /\/pulls\/1\/files$/;

  test.each([404, 403, 422])(
    '%i where the pull request is read: a fault with that status, asked once, nothing announced',
    async (status) => {
      await given();
      const house = await world.start();
      world.github.fail({ path: files }, { status, message: 'no' });
      await world.tell(world.pull(), 'opened');
      await house.quiet();

      expect(await house.runs()).toMatchObject([{ status: 'faulted', fault: { status } }]);
      expect(world.calls().filter((call) => files.test(call))).toHaveLength(1);
      expect(house.verified).toEqual([]);
    },
  );

  test('503 for a moment: tried again at once, and nobody notices', async () => {
    await given();
    const house = await world.start();
    world.github.fail({ path: files, times: 2 }, { status: 503, headers: { 'retry-after': '0' } });
    await world.tell(world.pull(), 'opened');
    await house.quiet();

    expect(statuses(await house.runs())).toEqual(['completed']);
    expect(world.calls().filter((call) => files.test(call))).toHaveLength(3);
    expect(house.verified).toMatchObject([{ problems: [] }]);
  });

  test('503 for longer: the run rests and goes on, without a second label, review request or message', async () => {
    await given({ github: { echo: true } });
    const clock = createLeapingClock();
    const house = await world.start({ clock });
    world.github.fail({ method: 'POST', path: /\/check-runs$/ }, { status: 503 });
    await world.tell(world.pull(), 'opened');
    await until(async () => statuses(await house.runs()).includes('waiting'), 'the run rests');
    expect(house.verified).toEqual([]);

    clock.leap(6_000);
    await house.quiet();

    expect(statuses(await house.runs())).toEqual(['completed']);
    const effects = world.github.world.deliveries.map(({ payload }) => payload.action);
    expect(effects.filter((action) => action === 'labeled')).toHaveLength(1);
    expect(effects.filter((action) => action === 'review_requested')).toHaveLength(1);
    expect(world.repository.checkRuns).toHaveLength(1);
    expect(world.slack.messages).toHaveLength(1);
  });

  test('a rate limit: the run rests as long as GitHub says, and that is no failed try', async () => {
    await given();
    const clock = createLeapingClock();
    const house = await world.start({ clock });
    world.github.fail(
      { path: files },
      { status: 403, message: 'You have exceeded a secondary rate limit', headers: { 'retry-after': '120' } },
    );
    await world.tell(world.pull(), 'opened');
    await until(async () => statuses(await house.runs()).includes('waiting'), 'the run rests');
    clock.leap(100_000);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(statuses(await house.runs())).toEqual(['waiting']);

    clock.leap(25_000);
    await house.quiet();

    expect(statuses(await house.runs())).toEqual(['completed']);
    expect(house.verified).toMatchObject([{ problems: [] }]);
  });

  test('422 for a reviewer: a problem that is told, and everybody else is asked', async () => {
    await given({ rules: 'reviewers: [{ files: ["**"], people: [octocat, nobody-here, hubot] }]' });
    const house = await world.start();
    const pull = world.pull();
    await world.tell(pull, 'opened');
    await house.quiet();

    expect(pull.reviewers.map(({ login }) => login).sort()).toEqual(['hubot', 'octocat']);
    expect(house.verified[0]?.problems).toEqual([expect.stringContaining('nobody-here could not be asked')]);
    expect(world.repository.checkRuns).toMatchObject([{ conclusion: 'neutral' }]);
    expect(shown()).toContain('nobody-here could not be asked');
  });

  test('403 for the check run: a problem that is told, and the team still hears of the pull request', async () => {
    await given();
    const house = await world.start();
    world.github.fail(
      { method: 'POST', path: /\/check-runs$/ },
      { status: 403, message: 'Resource not accessible by integration' },
    );
    await world.tell(world.pull(), 'opened');
    await house.quiet();

    expect(house.verified).toMatchObject([{ checkRunUrl: null, problems: [expect.stringContaining('No check run')] }]);
    expect(world.slack.messages).toHaveLength(1);
  });

  test('404 for the rules file: the default rules hold; 403: nothing is changed, and the check run says why', async () => {
    await given();
    const rules = /\/contents\//;
    const house = await world.start();
    const other = addRepository(world.github, { fullName: 'octo-org/bare' });
    const bare = world.pull({}, other);
    await world.tell(bare, 'opened');
    await house.quiet();
    expect(bare.labels).toEqual(['documentation']);

    world.github.fail({ path: rules }, { status: 403, message: 'Resource not accessible by integration' });
    const hidden = world.pull();
    await world.tell(hidden, 'opened');
    await house.quiet();
    expect(hidden.labels).toEqual([]);
    expect(world.repository.checkRuns).toMatchObject([{ output: { title: 'The rules cannot be read' } }]);
  });

  test('rules with an error: the check run says where, and nothing is changed', async () => {
    await given({ rules: 'labels:\n  - label: docs\n    file: ["**"]\n' });
    const house = await world.start();
    const pull = world.pull();
    await world.tell(pull, 'opened');
    await house.quiet();

    expect(pull.labels).toEqual([]);
    expect(world.repository.checkRuns).toMatchObject([
      { conclusion: 'neutral', output: { title: 'The rules have errors' } },
    ]);
    expect(world.repository.checkRuns[0]?.output.summary).toMatch(/line 3, column 5/);
  });
});

test('a webhook signed with another secret leaves no trace in the store', async () => {
  await given();
  const house = await world.start();
  const payload = world.github.payload(world.repository, world.pull(), 'opened');
  const answer = await post(house.webhookUrl, { payload, guid: 'forged', secret: 'a guess' });

  expect(answer.status).toBe(401);
  expect(await house.guest.outbox.unknown('7', ['forged'])).toEqual(['forged']);
  expect(house.events).toEqual([]);
});

test('a verified event that somebody else posts in does not start the workflow', async () => {
  await given();
  const house = await world.start();
  const response = await fetch(`${house.internalUrl}/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/cloudevents+json' },
    body: JSON.stringify({
      specversion: '1.0',
      id: 'v',
      source: 'https://github.com/octo-org/hello',
      type: VERIFIED,
      tenant: '7',
      data: {},
    }),
  });
  expect(response.status).toBe(202);
  await until(async () => (await house.guest.outbox.depth()).dead === 1, 'the malformed event is a dead letter');

  expect(await house.runs()).toEqual([]);
  expect(world.slack.messages).toEqual([]);
});

function isBy(payload: Readonly<Record<string, unknown>>, login: string): boolean {
  return (payload.sender as { login: string }).login === login;
}
