/** What a running Knative really sent, given to each service that takes events. Skipped where the samples are missing. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readEventing } from '../../src/broker/look-alike/manifests.ts';
import type { Role } from '../../src/config.ts';
import { type Cluster, openCluster, TOKEN } from '../support/cluster.ts';
import { addRepository, openWorld, SLACK_BOT, type World } from '../support/house.ts';

const SAMPLES = join(import.meta.dirname, '../../../shared/data/knative/samples');
const isPresent = existsSync(SAMPLES);

const BROKER = readFileSync(join(import.meta.dirname, '../../knative/base/200-broker.yaml'), 'utf8');

interface Sample {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Lines that hold a captured request with an event; the log that they were cut from begins some of them. */
function samples(file: string): readonly Sample[] {
  if (!isPresent) return [];
  return readFileSync(join(SAMPLES, file), 'utf8')
    .split('\n')
    .filter((line) => line.includes('"ce-id"'))
    .map((line) => JSON.parse(line.slice(line.indexOf('{'))) as Sample);
}

/** The capture cut the push's body short; what is left out here is what nothing of ours reads. */
const PUSH = { ref: 'refs/heads/main', repository: { name: 'repo', owner: { login: 'octo' } } };
const pushes = samples('githubsource-push-delivery.jsonl').map((sample) => ({ ...sample, body: JSON.stringify(PUSH) }));
const delivered = [...samples('trigger-to-service.jsonl'), ...samples('trigger-dlq-apiserver-ping.jsonl')];
const all = [...pushes, ...delivered];
const letters = delivered.filter(({ headers }) => 'ce-knativeerrordest' in headers);
const pings = delivered.filter(({ headers }) => headers['ce-type'] === 'dev.knative.sources.ping');

describe.skipIf(!isPresent)(
  'captured deliveries (skipped where ../shared/data/knative/samples is missing) are taken by',
  () => {
    let world: World;
    let cluster: Cluster;

    beforeAll(async () => {
      world = await openWorld();
      addRepository(world.github, { fullName: 'octo/repo' });
      cluster = await openCluster(world, readEventing([BROKER]), { config: { holdMs: 0 } });
    });
    afterAll(async () => {
      await cluster.close();
      await world.close();
    });

    async function send(role: Role, path: string, { headers, body }: Sample): Promise<number> {
      const { host: _, 'content-length': __, ...sent } = headers;
      const { url } = await cluster.service(role);
      const answer = await fetch(url + path, {
        method: 'POST',
        headers: { ...sent, authorization: `Bearer ${TOKEN}` },
        body,
      });
      await answer.arrayBuffer();
      return answer.status;
    }

    const named = (each: readonly Sample[]) =>
      each.map((sample) => [`${sample.headers['ce-type']} ${sample.headers['ce-id']}`, sample] as const);
    const buried = () => cluster.store.outbox.deadLetters({ limit: 100 });

    test.each(named(delivered))(
      'the source, which keeps one of no installation for a person: %s',
      async (_, sample) => {
        expect(await send('source', '/events', sample)).toBe(202);
        const { 'ce-id': id, 'ce-source': source } = sample.headers;
        expect(await buried()).toContainEqual(
          expect.objectContaining({ event: expect.objectContaining({ id, source }) }),
        );
      },
    );

    test.each(named(pushes))('the source, which publishes one of its installations: %s', async (_, sample) => {
      expect(await send('source', '/events', sample)).toBe(202);
      const { 'ce-id': id, 'ce-type': type } = sample.headers;
      expect(cluster.events).toContainEqual(expect.objectContaining({ id, type, tenant: '7', data: PUSH }));
    });

    test.each(named(all))('the runner, which none of them starts: %s', async (_, sample) => {
      expect(await send('runner', '/runner-pull-request', sample)).toBe(202);
      expect(await cluster.store.journal.list({ limit: 1 })).toEqual([]);
    });

    test.each(named(pings))('the runner as a tick: %s', async (_, sample) => {
      expect(await send('runner', '/tick', sample)).toBe(202);
    });

    test.each(named(all))('a channel, which tells of none of them: %s', async (_, sample) => {
      expect(await send('notifier', `/notify-${SLACK_BOT}`, sample)).toBe(202);
      expect(world.slack.messages).toEqual([]);
    });

    test.each(named(letters))('the dead letters, with what went wrong: %s', async (_, sample) => {
      expect(await send('notifier', '/dead-letters', sample)).toBe(202);
      expect(await buried()).toContainEqual(
        expect.objectContaining({ trigger: 'none', reason: expect.stringMatching(/^HTTP 500 from .*refused$/) }),
      );
    });

    test.each(named(all))('nobody at the functions, which take no events: %s', async (_, sample) => {
      expect(await send('functions', '/', sample)).toBe(404);
    });
  },
);
