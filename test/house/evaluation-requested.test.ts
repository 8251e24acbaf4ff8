/** A pull request evaluated anew on request from inside: the one event of our own that starts the pull request's workflow. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Pull } from '../../src/demo/fake-github/world.ts';
import { EVALUATION_REQUESTED, type EvaluationRequestedData, VERIFIED } from '../../src/events/catalogue.ts';
import type { Event } from '../../src/events/event.ts';
import { type House, INSTALLATION, openWorld, post, type World } from '../support/house.ts';

let world: World;
let house: House;
beforeEach(async () => {
  world = await openWorld({ channels: [] });
  house = await world.start();
});
afterEach(() => world.close());

function request(pull: Pull, id = 'request-1'): Event & { readonly data: EvaluationRequestedData } {
  const payload = world.github.payload(world.repository, pull, 'opened');
  const { number, pull_request, repository } = payload as unknown as EvaluationRequestedData;
  return {
    specversion: '1.0',
    id,
    source: repository.html_url,
    subject: String(number),
    type: EVALUATION_REQUESTED,
    time: new Date().toISOString(),
    tenant: String(INSTALLATION),
    data: { action: 'evaluation_requested', reason: 'a backfill', number, pull_request, repository },
  };
}

async function publish(event: Event): Promise<void> {
  const answer = await fetch(`${house.internalUrl}/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/cloudevents+json' },
    body: JSON.stringify(event),
  });
  expect(answer.status).toBe(202);
  await house.quiet();
}

test('a pull request nobody was told of is evaluated as if opened, once per request, in its lane', async () => {
  const pull = world.pull();
  const once = request(pull);
  await publish(once);
  await publish(once);
  expect(pull.labels).toEqual(['documentation']);
  expect(house.verified).toMatchObject([{ number: pull.number, action: 'evaluation_requested' }]);
  expect(await house.runs()).toMatchObject([{ lane: { name: `${world.repository.id}/${pull.number}` } }]);

  await publish(request(pull, 'request-2'));
  expect(house.verified).toMatchObject([{}, { labels: { added: [], kept: [{ name: 'documentation' }] } }]);
});

test('what the payload leaves out of the pull request is read', async () => {
  const pull = world.pull();
  const event = request(pull);
  const { number, updated_at, base, head } = event.data.pull_request;
  const data = { ...event.data, pull_request: { number, updated_at, base, head } };
  await publish({ ...event, data });
  expect(house.verified).toMatchObject([{ title: pull.title }]);
});

test('a request that names the bot as its sender starts nothing, like all else the bot sends', async () => {
  await publish({ ...request(world.pull()), sender: world.github.botLogin });
  expect(await house.runs()).toEqual([]);
});

test('no webhook can pass for one, even signed', async () => {
  const { data } = request(world.pull());
  await post(house.webhookUrl, { event: 'evaluation_requested', payload: { ...data, installation: { id: 7 } } });
  await post(house.webhookUrl, { payload: { ...data, type: EVALUATION_REQUESTED, installation: { id: 7 } } });
  await house.quiet();
  expect(await house.runs()).toEqual([]);
  expect(house.events.some(({ type }) => type === EVALUATION_REQUESTED || type === VERIFIED)).toBe(false);
});
