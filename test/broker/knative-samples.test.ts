/** What a running Knative really sent, taken by every service that takes events. Skipped where the samples are missing. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { fromDeadLetter } from '../../src/broker/dead-letter.ts';
import { VERIFIED } from '../../src/events/catalogue.ts';
import type { Event } from '../../src/events/event.ts';
import { openStage, type Stage } from './knative-stage.ts';

const SAMPLES = join(import.meta.dirname, '../../../shared/data/knative/samples');

interface Sample {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Lines that hold a captured request with an event; the log that they were cut from begins some of them. */
function samples(file: string): readonly Sample[] {
  return readFileSync(join(SAMPLES, file), 'utf8')
    .split('\n')
    .filter((line) => line.includes('"ce-id"'))
    .map((line) => JSON.parse(line.slice(line.indexOf('{'))) as Sample);
}

let stage: Stage | undefined;
afterEach(async () => {
  await stage?.close();
  stage = undefined;
});

async function receive(filters: Parameters<Stage['service']['subscribe']>[0]['filters'], { headers, body }: Sample) {
  const got: Event[] = [];
  stage = await openStage();
  stage.broker.subscribe({ name: 'all', filters }, async (event) => {
    got.push(event);
    return undefined;
  });
  const { host: _, 'content-length': __, ...sent } = headers;
  const answer = await fetch(`${stage.subscribersUrl}/all`, { method: 'POST', headers: sent, body });
  return { status: answer.status, got };
}

describe.skipIf(!existsSync(SAMPLES))(
  'captured deliveries (skipped where ../shared/data/knative/samples is missing)',
  () => {
    const all = existsSync(SAMPLES)
      ? [...samples('trigger-to-service.jsonl'), ...samples('trigger-dlq-apiserver-ping.jsonl')]
      : [];

    test.each(
      all.map((sample): [string, Sample] => [`${sample.headers['ce-type']} ${sample.headers['ce-id']}`, sample]),
    )('%s is taken, without what the broker added on the way', async (_, sample) => {
      const { status, got } = await receive([], sample);
      expect(status).toBe(202);
      expect(got).toMatchObject([
        { id: sample.headers['ce-id'], type: sample.headers['ce-type'], data: JSON.parse(sample.body) },
      ]);
      expect(got[0]).not.toHaveProperty('knativearrivaltime');
      expect(got[0]).not.toHaveProperty('knativebrokerttl');
    });

    test.each(
      all.map((sample): [string, Sample] => [`${sample.headers['ce-type']} ${sample.headers['ce-id']}`, sample]),
    )('%s is answered and left alone where the trigger does not want it', async (_, sample) => {
      const { status, got } = await receive([{ exact: { type: VERIFIED } }], sample);
      expect([status, got]).toEqual([202, []]);
    });

    test('the dead letter says where it was to go and what was answered', () => {
      const letter = all.find(({ headers }) => headers['ce-knativeerrordest'] !== undefined)!;
      const attributes = Object.entries(letter.headers).filter(([name]) => name.startsWith('ce-'));
      const event = Object.fromEntries(attributes.map(([name, value]) => [name.slice(3), value])) as unknown as Event;
      const { event: original, reason, trigger } = fromDeadLetter(event);
      expect(reason).toMatch(
        /^HTTP 500 from http:\/\/10\.244\.0\.1:3999\/none: dispatch error: Post .*connection refused$/,
      );
      expect(trigger).toBe('none');
      expect(Object.keys(original).filter((name) => name.startsWith('knativeerror'))).toEqual([]);
    });
  },
);
