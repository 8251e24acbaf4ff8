/** A change of the rules has a check of its own, beside the pull request’s run; who does not change them pays nothing for it. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type House, openWorld, type World } from '../support/house.ts';

const RULES = 'labels: [{ label: documentation, files: ["docs/**"] }]';

let world: World;
let house: House;
beforeEach(async () => {
  world = await openWorld({ channels: [], rules: RULES });
  house = await world.start();
});
afterEach(() => world.close());

const workflows = async () => (await house.runs()).map(({ definition }) => definition.name).sort();

test('a pull request that changes the rules is judged by the old ones, and told what the new ones would do', async () => {
  const { github, repository } = world;
  github.addPull(repository, { author: 'ann', title: 'Moor', files: ['docs/moor.md'] });
  const pull = github.addPull(repository, { author: 'ann', files: ['.github/fairlead.yml', 'docs/rules.md'] });
  const head = 'labels: [{ label: docs, files: ["docs/**"] }]';
  repository.branches.set(pull.head.sha, new Map([['.github/fairlead.yml', head]]));

  await world.tell(pull, 'opened');
  await house.quiet();

  expect(await workflows()).toEqual(['configuration-change', 'pull-request']);
  expect(pull.labels).toEqual(['documentation']);
  const run = repository.checkRuns.find(({ name }) => name === 'fairlead configuration');
  expect(run).toMatchObject({
    headSha: pull.head.sha,
    conclusion: 'success',
    output: { title: '1 of the last 1 pull requests would have come out differently' },
  });
  expect(run?.output.text).toContain('`Moor` | + `docs`<br>− `documentation` |');
});

test('errors in the rules that it brings fail its check, on their lines', async () => {
  const { github, repository } = world;
  const pull = github.addPull(repository, { author: 'ann', files: ['.github/fairlead.yml'] });
  repository.branches.set(pull.head.sha, new Map([['.github/fairlead.yml', 'labels:\n  - lable: docs\n']]));
  await world.tell(pull, 'opened');
  await house.quiet();
  const run = repository.checkRuns.find(({ name }) => name === 'fairlead configuration');
  expect(run).toMatchObject({
    conclusion: 'failure',
    output: { annotations: [{ start_line: 2, message: expect.stringContaining('did you mean "label"?') }] },
  });
});

test('any other pull request has one run and one check run', async () => {
  const pull = world.pull();
  await world.tell(pull, 'opened');
  await house.quiet();
  expect(await workflows()).toEqual(['pull-request']);
  expect(world.repository.checkRuns).toHaveLength(1);
});
