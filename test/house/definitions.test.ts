import { describe, expect, it } from 'vitest';
import type { Event } from '../../src/events/event.ts';
import { scheduledIn, toDefinitionTable, toStarter } from '../../src/house/definitions.ts';

const head = (name: string) => `document: { dsl: '1.0.3', namespace: test, name: ${name}, version: '1.0.0' }\n`;
const body = 'do: [{ it: { set: { a: 1 } } }]\n';

async function starterOf(text: string) {
  const { all } = await toDefinitionTable([{ name: 'w.yaml', text: `${head('w')}${text}` }]);
  return toStarter(all[0]!);
}

function event(type: string, more: Partial<Event> = {}): Event {
  return { specversion: '1.0', id: '1', source: '/test', type, ...more };
}

describe('workflow definitions of a directory', () => {
  it('tell every problem of every file at once, each with its line and column', async () => {
    const files = [
      { name: 'a.yaml', text: 'do: []' },
      { name: 'good.yaml', text: `${head('good')}${body}` },
      { name: 'b.yaml', text: `${head('b')}do: [{ it: { set: { a: "\${ .[ }" } } }]` },
    ];
    const message = expect.stringMatching(/a\.yaml:1:1: error: .*\n[\s\S]*b\.yaml:2:\d+: error: /);
    await expect(toDefinitionTable(files)).rejects.toThrow(
      expect.objectContaining({ code: 'workflow.invalid', message }),
    );
  });

  it('may not define one workflow twice, since events could not tell them apart', async () => {
    const text = `${head('same')}${body}`;
    const files = ['a.yaml', 'b.yaml'].map((name) => ({ name, text }));
    await expect(toDefinitionTable(files)).rejects.toThrow('b.yaml and a.yaml both define test/same/1.0.0');
  });

  it('find the latest of several versions', async () => {
    const files = ['1.9.0', '1.10.0'].map((version) => ({
      name: version,
      text: `document: { dsl: '1.0.3', namespace: test, name: w, version: '${version}' }\n${body}`,
    }));
    expect((await toDefinitionTable(files)).byName('test', 'w', 'latest')?.ref.version).toBe('1.10.0');
  });

  it('that start by time are handed to the scheduler, and only those', async () => {
    const files = [
      { name: 'a.yaml', text: `${head('timed')}schedule: { every: { minutes: 5 } }\n${body}` },
      { name: 'b.yaml', text: `${head('called')}${body}` },
    ];
    const scheduled = await scheduledIn(await toDefinitionTable(files));
    expect(scheduled.map(({ definition }) => definition.name)).toEqual(['timed']);
    expect(scheduled[0]?.timetable.next(0)).toBe(5 * 60_000);
  });
});

describe('what a definition wants of the broker', () => {
  it('is its literal attributes; its data are left to itself', async () => {
    const { starts, matches } = await starterOf(
      `schedule: { on: { one: { with: { type: t, data: '\${ .a == 1 }' } } } }\n${body}`,
    );
    expect(starts).toEqual([{ exact: { type: 't' } }]);
    expect(matches?.(event('t', { data: { a: 1 } }))).toBe(true);
    expect(matches?.(event('t', { data: { a: 2 } }))).toBe(false);
  });

  it('is every event where no attribute is literal', async () => {
    const { starts } = await starterOf(
      `schedule: { on: { one: { with: { type: '\${ startswith("x") }' } } } }\n${body}`,
    );
    expect(starts).toEqual([{ cesql: 'TRUE' }]);
  });

  it('is all of the events that start a run together, and the values that they are to agree in', async () => {
    const filter = (type: string) => `{ with: { type: ${type} }, correlate: { pet: { from: .subject } } }`;
    const { starts, needs } = await starterOf(`schedule: { on: { all: [${filter('a')}, ${filter('b')}] } }\n${body}`);
    expect(starts).toEqual([{ exact: { type: 'a' } }, { exact: { type: 'b' } }]);
    expect(needs?.map((need) => need.matches(event('b')))).toEqual([false, true]);
    expect(needs?.[0]?.correlationOf(event('a', { subject: 'milou' }))).toEqual({ pet: 'milou' });
  });

  it('is what becomes of several events of one lane, where its metadata say so', async () => {
    const on = `schedule: { on: { one: { with: { type: t } } } }\n${body}`;
    const file = (metadata: string) => ({
      name: 'w.yaml',
      text: `document: { dsl: '1.0.3', namespace: test, name: w, version: '1.0.0', metadata: ${metadata} }\n${on}`,
    });
    const laneOf = async (metadata: string) => toStarter((await toDefinitionTable([file(metadata)])).all[0]!).lane;
    expect(await laneOf('{ fairlead: { lane: latest }, owner: me }')).toBe('latest');
    expect(await laneOf('{ owner: me }')).toBeUndefined();
    await expect(laneOf('{ fairlead: { lane: newest } }')).rejects.toThrow(/w\.yaml:1:\d+: error: .*latest/);
  });

  it('is, beside what starts it, what its tasks listen for, those that end the listening included', async () => {
    const { starts, listens } = await starterOf(`do:
  - hear: { listen: { to: { any: [{ with: { type: a, source: /s } }], until: { one: { with: { type: stop } } } } } }
  - nested: { do: [{ hearAll: { listen: { to: { all: [{ with: { type: 'b.*' } }] } } } }] }
`);
    expect(starts).toEqual([]);
    expect(listens).toEqual([{ exact: { type: 'a', source: '/s' } }, { exact: { type: 'stop' } }, { cesql: 'TRUE' }]);
  });
});
