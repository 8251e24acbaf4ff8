import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Event } from '../../src/events/event.ts';
import { fromChecked, toChecked } from '../../src/workflow/checked-definition.ts';
import { type Definition, loadDefinition } from '../../src/workflow/definition.ts';
import { runWorkflow } from '../../src/workflow/run-workflow.ts';

const SHIPPED = [
  'checks-finished',
  'comment-commands',
  'configuration-change',
  'human-override',
  'pull-request',
  'review-later',
  'review-reminder',
];
const HEAD = "document: { dsl: '1.0.3', namespace: test, name: w, version: '1.0.0' }\n";

function loaded(text: string): Definition {
  const { definition } = loadDefinition(text, { file: 'w.yaml' });
  if (definition === undefined) throw new Error('It is meant to be valid.');
  return definition;
}

/** By way of JSON, as a bundle keeps it. */
function revived(definition: Definition): Definition {
  return fromChecked(JSON.parse(JSON.stringify(toChecked(definition))), { text: definition.text, file: 'w.yaml' });
}

describe('a definition that was checked before', () => {
  test.each(SHIPPED)('%s tells what it told when it was checked', (name) => {
    const definition = loaded(readFileSync(join(import.meta.dirname, `../../workflows/${name}.yaml`), 'utf8'));
    const again = revived(definition);
    for (const key of [
      'ref',
      'lane',
      'text',
      'document',
      'schedule',
      'listens',
      'emits',
      'unsupported',
      'warnings',
    ] as const) {
      expect(again[key], key).toEqual(definition[key]);
    }
    expect(again.consumes?.mode).toBe(definition.consumes?.mode);
    expect(again.consumes?.filters.map(({ attributes }) => attributes)).toEqual(
      definition.consumes?.filters.map(({ attributes }) => attributes),
    );
  });

  test('starts by the same events, and is given the same of them', () => {
    const schedule = `schedule: { read: data, on: { one: { with: { type: t, data: '\${ .a == 1 }' } } } }\n`;
    const again = revived(loaded(`${HEAD}${schedule}do: [{ it: { set: { a: 1 } } }]\n`));
    const event = (a: number): Event => ({ specversion: '1.0', id: '1', source: '/s', type: 't', data: { a } });
    expect([1, 2].map((a) => again.consumes?.filters[0]?.matches(event(a)))).toEqual([true, false]);
    expect(again.toRunInput([event(1)])).toEqual([{ a: 1 }]);
  });

  test('runs to the same end, faults in its expressions included', async () => {
    const text = `${HEAD}do:
  - sum: { set: { sum: '\${ .n + 1 }' } }
  - choose: { switch: [{ big: { when: .sum > 2, then: fails } }, { other: { then: end } }] }
  - fails: { set: { sum: '\${ error("no") }' } }
`;
    const definition = loaded(text);
    for (const input of [{ n: 1 }, { n: 5 }]) {
      const [first, second] = await Promise.all(
        [definition, revived(definition)].map((one) => runWorkflow(one, input)),
      );
      expect({ ...second, runId: '' }).toEqual({ ...first, runId: '' });
    }
  });
});
